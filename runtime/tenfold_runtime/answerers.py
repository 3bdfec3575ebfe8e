"""Who answers for a loaded model: the batched text tasks, a generator, the tasks on images, or a pipeline."""

from tenfold_api.spec import Spec
from tenfold_runtime.answering import Answerer
from tenfold_runtime.generation.generator import Generator
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.loader import AnyLoaded
from tenfold_runtime.pipelines.loaded import LoadedPipeline
from tenfold_runtime.pipelines.predictor import PipelinePredictor
from tenfold_runtime.predictor import Predictor
from tenfold_runtime.vision.loaded import LoadedVision
from tenfold_runtime.vision.predictor import VisionPredictor


def answerer(loaded: AnyLoaded, spec: Spec, model_id: str) -> Answerer:
    """Give what answers requests for the model."""
    if isinstance(loaded, LoadedDecoder):
        return Generator(loaded, spec, model_id)
    if isinstance(loaded, LoadedVision):
        return VisionPredictor(loaded, spec)
    if isinstance(loaded, LoadedPipeline):
        return PipelinePredictor(loaded, spec)
    return Predictor(loaded, spec)
