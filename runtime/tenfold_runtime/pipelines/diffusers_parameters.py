"""What callers may ask of a pipeline that draws."""

from typing import Annotated

from pydantic import Field

from tenfold_runtime.tasks.request import Parameters

MOST_SIDE = 1536

Scale = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=8, le=MOST_SIDE, multiple_of=8)]


class DrawingParameters(Parameters):
    guidance_scale: Scale | None = None
    """How closely the image follows the prompt."""
    negative_prompt: str | None = None
    """What the image is not to show."""
    num_inference_steps: Annotated[int, Field(ge=1, le=150)] | None = None
    """Steps from noise to image: more take longer and show finer detail."""
    scheduler: str | None = None
    """Name of a scheduler of diffusers that fits the model, as `EulerDiscreteScheduler`."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Start of the random numbers: the same one gives the same image."""
