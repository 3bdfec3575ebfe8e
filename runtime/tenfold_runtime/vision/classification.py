"""image-classification: the labels of an image with their scores."""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tenfold_api.tasks import Task
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.tasks.scores import best, sigmoid, softmax
from tenfold_runtime.vision.base import ImageRequest, ImageTask
from tenfold_runtime.vision.network import ImageOutputs
from tenfold_runtime.vision.sizes import Size


class ImageClassificationParameters(Parameters):
    top_k: Annotated[int, Field(ge=1)] | None = 5
    """How many labels; all of them for null."""
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = None
    """What makes scores of the network's outputs; by default what the model was trained for."""


class ImageClassificationRequest(ImageRequest):
    parameters: ImageClassificationParameters = ImageClassificationParameters()


class ImageClassification(ImageTask[ImageClassificationRequest]):
    task = Task.IMAGE_CLASSIFICATION
    request = ImageClassificationRequest

    def answer(self, request: ImageClassificationRequest, size: Size, outputs: ImageOutputs) -> Any:
        scores = self._scores(outputs["logits"], request.parameters.function_to_apply)
        order = best(scores, request.parameters.top_k)
        return [{"label": self.facts.labels[index], "score": float(scores[index])} for index in order]

    def _scores(self, logits: npt.NDArray[np.float32], function: str | None) -> npt.NDArray[np.float32]:
        several = self.facts.problem_type == "multi_label_classification"
        match function or ("sigmoid" if several or len(logits) == 1 else "softmax"):
            case "sigmoid":
                return sigmoid(logits)
            case "softmax":
                return softmax(logits)
        return logits
