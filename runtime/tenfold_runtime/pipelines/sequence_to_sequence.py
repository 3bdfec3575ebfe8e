"""What tasks share that write a text from a text, with an encoder and a decoder."""

from abc import abstractmethod
from itertools import chain
from typing import Any, ClassVar, Literal, Self, TypeVar

from tenfold_api.clients import Client
from tenfold_api.spec import Limits
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.generate_parameters import GenerateParameters
from tenfold_runtime.pipelines.positions import limit_defaults, positions, refuse_longer
from tenfold_runtime.tasks.request import Request, Texts, listed

# What torch says of a temperature or a penalty so small that scores overflow.
_NO_PROBABILITIES = "probability tensor contains"


class TextToTextParameters(GenerateParameters):
    """Arguments of generate, at this place or under `generate_parameters`, and what is done to the texts."""

    truncation: bool | Literal["do_not_truncate", "longest_first", "only_first", "only_second"] = False
    """Cut a text that is too long instead of refusing it."""
    clean_up_tokenization_spaces: bool | None = None
    """Take out the spaces before punctuation that some tokenizers leave."""
    generate_parameters: GenerateParameters | None = None
    """The same arguments of generate, where newer clients put them."""

    @property
    def truncates(self) -> bool:
        if self.truncation == "only_second":
            raise InvalidInput("parameters.truncation", "there is no second text; only_first cuts the text")
        return self.truncation not in (False, "do_not_truncate")

    def generating(self) -> dict[str, Any]:
        """Give the arguments of generate from both places."""
        nested = self.generate_parameters
        return {**self.arguments(), **(nested.arguments() if nested else {})}

    @property
    def seeded(self) -> int | None:
        nested = self.generate_parameters
        return nested.seed if nested and nested.seed is not None else self.seed


class TextToTextRequest(Request):
    inputs: Texts
    """A text, or a list of texts."""
    parameters: TextToTextParameters = TextToTextParameters()


R = TypeVar("R", bound=TextToTextRequest)


class SequenceToSequence(PipelineTask[R]):
    """Answers a list of objects for a text, as transformers' pipelines do."""

    example: ClassVar[str]

    def __init__(self, pipeline: Any, limits: Limits) -> None:
        self.pipeline = pipeline
        self._limits = limits
        self._most_tokens = _most_tokens(pipeline, limits)
        self._most_new = positions(pipeline.model.config, "decoder")
        _fit(pipeline, self._most_tokens, self._most_new)

    @classmethod
    def load(cls, weights: Weights) -> Self:
        made = transformers_pipeline.make(
            cls.task,
            weights,
            onnx="ORTModelForSeq2SeqLM",
            processors=("tokenizer",),
            named=cls.named(ModelFolder(weights.folder)),
        )
        return cls(made, weights.limits)

    @classmethod
    def named(cls, folder: ModelFolder) -> str:
        """Give the name by which transformers makes the pipeline."""
        return cls.task.value

    def example_body(self) -> dict[str, Any]:
        return {"inputs": self.example, "parameters": {"truncation": "only_first"}}

    def repeatable(self, request: R) -> bool:
        asked = request.parameters
        return asked.seeded is not None or not asked.generating().get("do_sample", False)

    @abstractmethod
    def prepared(self, text: str, request: R) -> tuple[str, dict[str, Any]]:
        """Give the text as the model is to read it, and more arguments of the pipeline."""

    def answer(self, request: R, client: Client) -> Any:
        texts = listed(request.inputs)
        if len(texts) > self._limits.max_inputs:
            most = self._limits.max_inputs
            raise InvalidInput("inputs", f"{len(texts)} texts; at most {most} are accepted")
        answers = [self._one(text, request) for text in texts]
        several = any(len(answer) > 1 for answer in answers)
        return answers if several and isinstance(request.inputs, list) else list(chain(*answers))

    def _one(self, text: str, request: R) -> Any:
        text, arguments = self.prepared(text, request)
        self._check_length(text, request)
        arguments = {**arguments, **self._arguments(request.parameters)}
        try:
            return self.pipeline(text, **arguments)
        except (ValueError, TypeError) as error:
            raise InvalidInput("parameters", str(error).partition("\n")[0]) from error
        except RuntimeError as error:
            if not str(error).startswith(_NO_PROBABILITIES):
                raise
            raise InvalidInput("parameters", "with these values no token has a probability") from error

    def _arguments(self, asked: TextToTextParameters) -> dict[str, Any]:
        generating = asked.generating()
        refuse_longer(generating, self._most_new)
        if asked.seeded is not None:
            import torch

            torch.manual_seed(asked.seeded)
        spaces = asked.clean_up_tokenization_spaces
        return {**generating, "clean_up_tokenization_spaces": spaces, "truncation": asked.truncates}

    def fits(self, text: str) -> bool:
        """Tell whether the model can read the whole text."""
        return self._length(text) <= self._most_tokens

    def _length(self, text: str) -> int:
        return len(self.pipeline.tokenizer(self._prefix + text, verbose=False)["input_ids"])

    def _check_length(self, text: str, request: R) -> None:
        if request.parameters.truncates:
            return
        length = self._length(text)
        if length > self._most_tokens:
            raise InvalidInput(
                "inputs",
                f"{length} tokens; this model takes at most {self._most_tokens}: shorten the text, or set "
                "parameters.truncation to only_first",
            )

    @property
    def _prefix(self) -> str:
        """What the pipeline puts before a text, as T5's `summarize: `."""
        return self.pipeline.prefix or ""


def _most_tokens(pipeline: Any, limits: Limits) -> int:
    """Most tokens of a text that is read."""
    most = positions(pipeline.model.config, "encoder")
    return min(most, limits.max_input_tokens or most)


def _fit(pipeline: Any, most_tokens: int, most_new: int) -> None:
    """Hold the pipeline to the model's positions, where its tokenizer or its defaults know of none."""
    pipeline.tokenizer.model_max_length = min(pipeline.tokenizer.model_max_length, most_tokens)
    limit_defaults(pipeline, most_new)
