"""audio-classification: the labels of a sound with their scores."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.sound.decode import decode
from tenfold_runtime.sound.example import example
from tenfold_runtime.sound.request import SoundRequest
from tenfold_runtime.sound.whole import most_seconds
from tenfold_runtime.tasks.request import Parameters


class AudioClassificationParameters(Parameters):
    top_k: Annotated[int, Field(ge=1)] | None = 5
    """How many labels; all of them for null."""
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = None
    """What makes scores of the network's outputs; by default what the model was trained for."""


class AudioClassificationRequest(SoundRequest):
    parameters: AudioClassificationParameters = AudioClassificationParameters()


class AudioClassification(PipelineTask[AudioClassificationRequest]):
    task = Task.AUDIO_CLASSIFICATION
    request = AudioClassificationRequest
    takes_file = True

    def __init__(self, pipeline: Any, most: float) -> None:
        self._pipeline = pipeline
        self._most = most

    @classmethod
    def load(cls, weights: Weights) -> Self:
        pipeline = transformers_pipeline.make(
            cls.task, weights, onnx="ORTModelForAudioClassification", processors=("feature_extractor",)
        )
        return cls(pipeline, most_seconds(pipeline.feature_extractor, weights.limits))

    def example_body(self) -> dict[str, Any]:
        return example()

    def answer(self, request: AudioClassificationRequest, client: Client) -> Any:
        asked = request.parameters
        sound = decode(request.inputs, self._pipeline.feature_extractor.sampling_rate, self._most)
        function = asked.function_to_apply or self._function
        return self._pipeline(sound, top_k=asked.top_k, function_to_apply=function)

    @property
    def _function(self) -> str:
        several = self._pipeline.model.config.problem_type == "multi_label_classification"
        return "sigmoid" if several else "softmax"
