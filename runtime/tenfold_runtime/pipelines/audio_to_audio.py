"""audio-to-audio: speech in another voice."""

import base64
from typing import Any, Self

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime import deadline, torch_model
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.sound import vocoder
from tenfold_runtime.sound.decode import decode
from tenfold_runtime.sound.encode import CONTENT_TYPES, Kind, encode
from tenfold_runtime.sound.example import example
from tenfold_runtime.sound.request import SoundRequest
from tenfold_runtime.sound.voices import VoiceParameters, voice
from tenfold_runtime.sound.whole import most_seconds


class ConversionRequest(SoundRequest):
    parameters: VoiceParameters = VoiceParameters()


class AudioToAudio(PipelineTask[ConversionRequest]):
    task = Task.AUDIO_TO_AUDIO
    request = ConversionRequest
    takes_file = True

    def __init__(self, model: Any, extractor: Any, voices: Any, most: float) -> None:
        self._model = model
        self._extractor = extractor
        self._vocoder = voices
        self._most = most

    @classmethod
    def load(cls, weights: Weights) -> Self:
        import torch
        import transformers

        torch.set_num_threads(weights.threads)
        model = torch_model.load(weights.folder, cls.task, weights.security)
        deadline.watch(model)
        try:
            extractor = transformers.SpeechT5FeatureExtractor.from_pretrained(weights.folder)
        except (OSError, ValueError) as error:
            message = f"transformers cannot load the feature extractor: {error}"
            raise CannotLoad(422, "InvalidModel", message) from error
        voices = vocoder.load(weights.folder, weights.security)
        return cls(model, extractor, voices, most_seconds(extractor, weights.limits))

    def example_body(self) -> dict[str, Any]:
        return example()

    def repeatable(self, request: ConversionRequest) -> bool:
        """The decoder drops out at random as it speaks, as its makers have it."""
        return False

    def answer(self, request: ConversionRequest, client: Client) -> Any:
        rate = self._extractor.sampling_rate
        sound = decode(request.inputs, rate, self._most)
        spoken = voice(self._model.config, request.parameters)
        heard = self._extractor(audio=sound, sampling_rate=rate, return_tensors="pt")
        made = self._model.generate_speech(**heard, **spoken, vocoder=self._vocoder)
        file = encode(made.numpy(), self._vocoder.config.sampling_rate, Kind.FLAC)
        blob = base64.b64encode(file).decode()
        return [{"label": "speech", "content-type": CONTENT_TYPES[Kind.FLAC], "blob": blob}]
