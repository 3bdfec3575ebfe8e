"""Who answers for a loaded model: the batched text tasks, a generator, or the tasks on images."""

from tenfold_api.spec import Spec
from tenfold_runtime.answering import Answerer
from tenfold_runtime.generation.generator import Generator
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.loader import Loaded
from tenfold_runtime.predictor import Predictor
from tenfold_runtime.vision.loaded import LoadedVision
from tenfold_runtime.vision.predictor import VisionPredictor


def answerer(loaded: Loaded | LoadedDecoder | LoadedVision, spec: Spec, model_id: str) -> Answerer:
    """Give what answers requests for the model."""
    if isinstance(loaded, LoadedDecoder):
        return Generator(loaded, spec, model_id)
    if isinstance(loaded, LoadedVision):
        return VisionPredictor(loaded, spec)
    return Predictor(loaded, spec)
