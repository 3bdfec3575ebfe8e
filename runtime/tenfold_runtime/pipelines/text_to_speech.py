"""text-to-speech, also as text-to-audio: a text as a sound."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Media
from tenfold_runtime.errors import CannotLoad, InvalidInput
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
from tenfold_runtime.sound import vocoder
from tenfold_runtime.sound.encode import CONTENT_TYPES, accepted, encode
from tenfold_runtime.sound.voices import VoiceParameters, voice
from tenfold_runtime.tasks.request import Request

# Longest text where the model does not tell: some minutes of speech.
_MOST_TOKENS = 2000

# Models that turn a text into a sound without writing a token after another.
_WITHOUT_TOKENS = ("vits", "speecht5")


class SpeechParameters(VoiceParameters, GenerationParameters):
    generation_parameters: GenerationParameters | None = None
    """The same as may stand beside it: how tokens are chosen, by models that write sounds as tokens."""

    @property
    def written(self) -> dict[str, Any]:
        """The arguments of generate from both places."""
        return {**self.arguments(), **given(self.generation_parameters)}

    @property
    def seeded(self) -> int | None:
        nested = seed_of(self.generation_parameters)
        return self.seed if nested is None else nested


class SpeechRequest(Request):
    inputs: str = Field(min_length=1)
    """The text."""
    parameters: SpeechParameters = SpeechParameters()


class TextToSpeech(PipelineTask[SpeechRequest]):
    task = Task.TEXT_TO_SPEECH
    request = SpeechRequest
    answers = "audio/*"

    def __init__(self, pipeline: Any, most_tokens: int) -> None:
        self._pipeline = pipeline
        self._config = pipeline.model.config
        self._most_tokens = most_tokens

    @classmethod
    def load(cls, weights: Weights) -> Self:
        spectrogram = ModelFolder(weights.folder).architecture.endswith("ForTextToSpeech")
        ends = {"vocoder": vocoder.load(weights.folder, weights.security)} if spectrogram else {}
        pipeline = transformers_pipeline.make(cls.task, weights, onnx=None, processors=("tokenizer",), **ends)
        if pipeline.sampling_rate is None:
            raise CannotLoad(422, "InvalidModel", "the model does not tell the sampling rate of its sounds")
        known = min(pipeline.tokenizer.model_max_length, _MOST_TOKENS)
        return cls(pipeline, weights.limits.max_input_tokens or known)

    def example_body(self) -> dict[str, Any]:
        return {"inputs": "The quick brown fox jumps over the lazy dog."}

    def repeatable(self, request: SpeechRequest) -> bool:
        """Nearly all models draw something: the noise of a voice, how long a sound lasts, the tokens."""
        return request.parameters.seeded is not None

    def answer(self, request: SpeechRequest, client: Client) -> Any:
        self._check_length(request.inputs)
        written = self._known_generation(request.parameters)
        spoken = voice(self._config, request.parameters)
        with generating(written, request.parameters.seeded):
            found = self._pipeline(request.inputs, forward_params=spoken, generate_kwargs=written)
        kind = accepted(client.accept)
        return Media(encode(_sound(found["audio"]), found["sampling_rate"], kind), CONTENT_TYPES[kind])

    def _check_length(self, text: str) -> None:
        tokens = len(self._pipeline.tokenizer(text, verbose=False).input_ids)
        if not tokens:
            raise InvalidInput("inputs", "nothing in it that this model can say")
        if tokens > self._most_tokens:
            raise InvalidInput("inputs", f"{tokens} tokens; at most {self._most_tokens} are accepted")

    def _known_generation(self, asked: SpeechParameters) -> dict[str, Any]:
        written = asked.written
        if self._config.model_type in _WITHOUT_TOKENS:
            refuse_any(written, "parameters")
        return written


def _sound(audio: Any) -> npt.NDArray[np.float32]:
    """Give (samples,) or (samples, channels) of a pipeline's (samples,) or (…, channels, samples)."""
    whole = np.asarray(audio, np.float32)
    channels = whole.reshape(-1, whole.shape[-1])
    return channels[0] if len(channels) == 1 else channels.T
