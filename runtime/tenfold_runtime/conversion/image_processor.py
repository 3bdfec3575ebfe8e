"""How a model wants its images, written out in full for the runtime to follow."""

from typing import Any

import transformers

from tenfold_runtime.conversion.job import Job
from tenfold_runtime.errors import ExportUnsupported
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.vision import preprocessor


def image_processor(job: Job) -> Any:
    """Give transformers' image processor, the one without torch, whose configuration has every default.

    Raises ExportUnsupported where the runtime cannot do what it does.
    """
    try:
        found = transformers.AutoImageProcessor.from_pretrained(
            job.folder, use_fast=False, trust_remote_code=job.security.trust_remote_code
        )
    except (OSError, ValueError, ImportError) as error:
        raise ExportUnsupported(f"no image processor: {error}", "ImageProcessorUnsupported") from error
    found.save_pretrained(job.out)
    preprocessor.read(ModelFolder(job.out), job.task)
    return found
