"""automatic-speech-recognition: what is said in a sound."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AliasChoices, Field

from tenfold_api.clients import Client
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.generation_parameters import (
    GenerationParameters,
    generating,
    given,
    refuse_any,
    seed_of,
)
from tenfold_runtime.sound.decode import decode
from tenfold_runtime.sound.example import example
from tenfold_runtime.sound.request import SoundRequest
from tenfold_runtime.tasks.request import Parameters

Asked: TypeAlias = bool | Literal["word", "char"]
Seconds = Annotated[float, Field(ge=0, le=30)]

# A longer sound is heard in pieces: attention needs memory by the square of the length.
LONGEST_PIECE = 30.0

# What the strides of a piece may take of it together: the rest is how far a piece brings us.
_MOST_STRIDE = 0.75


class RecognitionGenerationParameters(GenerationParameters):
    language: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """What is spoken, for models of several languages; by default they tell by themselves."""
    task: Literal["transcribe", "translate"] | None = None
    """Whether the text is in the language that is spoken, or in English."""

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), **self.model_dump(include={"language", "task"}, exclude_none=True)}


class RecognitionParameters(Parameters):
    return_timestamps: Asked | None = None
    """Whether to tell when what was said, as far as the model knows: `true` for segments, `word`, `char`."""
    generation_parameters: RecognitionGenerationParameters | None = Field(
        default=None, validation_alias=AliasChoices("generation_parameters", "generate_kwargs")
    )
    """How the text is written, by models that write a token after another: arguments of `generate`, and
    Whisper's `language` and `task`."""
    chunk_length_s: Annotated[float, Field(ge=1, le=LONGEST_PIECE)] | None = None
    """Length of the pieces in which the sound is heard, in seconds; by default only a long one is cut."""
    stride_length_s: Seconds | Annotated[list[Seconds], Field(min_length=2, max_length=2)] | None = None
    """How far pieces overlap, left and right, in seconds; by default a sixth of their length."""


class RecognitionRequest(SoundRequest):
    parameters: RecognitionParameters = RecognitionParameters()


class AutomaticSpeechRecognition(PipelineTask[RecognitionRequest]):
    task = Task.AUTOMATIC_SPEECH_RECOGNITION
    request = RecognitionRequest
    takes_file = True

    def __init__(self, pipeline: Any, weights: Weights) -> None:
        self._pipeline = pipeline
        self._most = weights.limits.max_audio_seconds
        self._rate: int = pipeline.feature_extractor.sampling_rate
        self._window = float(getattr(pipeline.feature_extractor, "chunk_length", None) or LONGEST_PIECE)
        self._times = _times(pipeline, weights.engine)

    @classmethod
    def load(cls, weights: Weights) -> Self:
        ctc = ModelFolder(weights.folder).architecture.endswith("ForCTC")
        onnx = "ORTModelForCTC" if ctc else "ORTModelForSpeechSeq2Seq"
        pipeline = transformers_pipeline.make(
            cls.task, weights, onnx=onnx, processors=("tokenizer", "feature_extractor")
        )
        if not hasattr(pipeline.model, "main_input_name"):  # the pipeline asks; optimum's class does not tell
            pipeline.model.main_input_name = "input_values"
        return cls(pipeline, weights)

    def example_body(self) -> dict[str, Any]:
        return example()

    def repeatable(self, request: RecognitionRequest) -> bool:
        config = getattr(self._pipeline, "generation_config", None)
        asked = request.parameters.generation_parameters
        drawn = given(asked).get("do_sample", getattr(config, "do_sample", False))
        return seed_of(asked) is not None or not drawn

    def answer(self, request: RecognitionRequest, client: Client) -> Any:
        asked = request.parameters
        times = self._known_times(asked.return_timestamps)
        written = self._known_generation(asked)
        sound = decode(request.inputs, self._rate, self._most)
        seconds = len(sound) / self._rate
        pieces = self._pieces(asked, seconds)
        if seconds > self._window and not pieces:
            times = times or True  # by which Whisper finds its way through a long sound
        with generating(written, seed_of(asked.generation_parameters)):
            found = self._pipeline(sound, return_timestamps=times, generate_kwargs=written, **pieces)
        chunks = {"chunks": found["chunks"]} if asked.return_timestamps else {}
        return {"text": found["text"], **chunks}

    def _known_times(self, asked: Asked | None) -> Asked | None:
        """Give the times that the pipeline is asked for; raises InvalidInput where the model has none."""
        if asked and asked not in self._times:
            known = ", ".join(str(one).lower() for one in self._times) or "none"
            raise InvalidInput("parameters.return_timestamps", f"this model, on this engine, knows: {known}")
        return self._times[asked] if asked else None

    def _known_generation(self, asked: RecognitionParameters) -> dict[str, Any]:
        written = given(asked.generation_parameters)
        if self._pipeline.type == "ctc":
            refuse_any(written, "parameters.generation_parameters")
        return written

    def _pieces(self, asked: RecognitionParameters, seconds: float) -> dict[str, Any]:
        """Give what cuts the sound into pieces; nothing where it is heard as it is."""
        by_itself = seconds <= self._window or (
            self._pipeline.type == "seq2seq_whisper" and True in self._times
        )
        if asked.chunk_length_s is None and by_itself:
            return {}
        length = asked.chunk_length_s or self._window
        if length > self._window:
            raise InvalidInput(
                "parameters.chunk_length_s", f"at most {self._window:g}: all that the model hears"
            )
        return {"chunk_length_s": length, "stride_length_s": _stride(asked.stride_length_s, length)}


def _stride(asked: float | list[float] | None, length: float) -> tuple[float, float]:
    """Give the overlap of pieces to the left and to the right, in seconds."""
    left, right = asked if isinstance(asked, list) else (asked, asked)
    left, right = (length / 6 if one is None else one for one in (left, right))
    if left + right > _MOST_STRIDE * length:
        most = f"at most {_MOST_STRIDE * length:g} s for pieces of {length:g} s"
        raise InvalidInput("parameters.stride_length_s", f"{left + right:g} s on both sides; {most}")
    return left, right


def _times(pipeline: Any, engine: Engine) -> dict[Asked, Asked]:
    """Give what may be asked for in `return_timestamps`, and what the pipeline is asked for then."""
    if pipeline.type == "ctc":
        return {True: "word", "word": "word", "char": "char"}
    if pipeline.type != "seq2seq_whisper":
        return {}
    known = pipeline.generation_config
    segments: dict[Asked, Asked] = {True: True} if hasattr(known, "no_timestamps_token_id") else {}
    # Words are timed by the decoder's attention, which the exported graphs do not give.
    timed = segments and engine is not Engine.ONNX and getattr(known, "alignment_heads", None)
    return {**segments, "word": "word"} if timed else segments
