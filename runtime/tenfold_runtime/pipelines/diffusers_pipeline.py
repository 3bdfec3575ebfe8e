"""A pipeline that draws, asked for one image at a time, within a time limit."""

import inspect
from typing import Any, Self

from PIL import Image

from tenfold_api.tasks import Task
from tenfold_runtime import deadline
from tenfold_runtime.errors import InvalidInput, TooSlow
from tenfold_runtime.pipelines import diffusers_weights
from tenfold_runtime.pipelines.base import Weights
from tenfold_runtime.pipelines.diffusers_parameters import DrawingParameters


class Drawing:
    """A pipeline, its own scheduler kept from what callers choose."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._scheduler = pipeline.scheduler
        self._known = set(inspect.signature(pipeline.__call__).parameters)
        self._schedulers = {one.__name__: one for one in getattr(self._scheduler, "compatibles", ())}

    @classmethod
    def load(cls, task: Task, weights: Weights) -> Self:
        """Load what answers the task; raises CannotLoad where it cannot be."""
        return cls(diffusers_weights.pipeline(task, weights))

    def default(self, name: str) -> Any:
        """Give what the pipeline takes where a parameter is not given; None where it has none such."""
        known = inspect.signature(self._pipeline.__call__).parameters
        return known[name].default if name in known else None

    def draw(self, parameters: DrawingParameters, **asked: Any) -> Image.Image:
        """Draw an image. Raises InvalidInput where the pipeline refuses, TooSlow where the time is over.

        asked: the prompt and what else belongs to the task; None where it is left to the pipeline.
        """
        given = parameters.model_dump(exclude_none=True, exclude={"scheduler", "seed", *asked})
        wished = {**given, **{name: value for name, value in asked.items() if value is not None}}
        self._check(wished)
        self._pipeline.scheduler = self._scheduled(parameters.scheduler)
        try:
            image = self._pipeline(**wished, **self._run(parameters.seed)).images[0]
        except (TooSlow, InvalidInput):
            raise
        except Exception as error:
            raise _refusal(error, parameters) from error
        return image  # type: ignore[no-any-return]

    def _check(self, wished: dict[str, Any]) -> None:
        for name in wished:
            if name not in self._known:
                pipeline = type(self._pipeline).__name__
                raise InvalidInput(f"parameters.{name}", f"{pipeline} has no such parameter")

    def _scheduled(self, name: str | None) -> Any:
        """Give a scheduler of that name, or the model's own, without anything left of an earlier image."""
        if name is not None and name not in self._schedulers:
            raise InvalidInput(
                "parameters.scheduler", f"unknown; those that fit are {', '.join(sorted(self._schedulers))}"
            )
        chosen = type(self._scheduler) if name is None else self._schedulers[name]
        try:
            return chosen.from_config(self._scheduler.config)
        except (ImportError, ValueError) as error:
            raise InvalidInput("parameters.scheduler", f"cannot be used: {error}") from error

    def _run(self, seed: int | None) -> dict[str, Any]:
        """Give how one image is drawn: its random numbers, and its end."""
        import torch

        generator = torch.Generator("cpu")
        generator.seed() if seed is None else generator.manual_seed(seed)
        callback = {"callback_on_step_end": _heed_the_end}
        return {"generator": generator, **(callback if set(callback) & self._known else {})}


def _heed_the_end(pipeline: Any, step: int, at: Any, tensors: dict[str, Any]) -> dict[str, Any]:
    """Stop between two steps where the time is over."""
    deadline.check()
    return tensors


def _refusal(error: Exception, parameters: DrawingParameters) -> Exception:
    """Blame what the caller chose: a scheduler that cannot do this, or what the pipeline itself refuses."""
    if parameters.scheduler is not None:
        return InvalidInput("parameters.scheduler", f"cannot be used with these parameters: {error}")
    return InvalidInput("parameters", str(error)) if isinstance(error, ValueError) else error
