"""What a build imports takes longer than most of what it does: what it has no use for is left out."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tenfold_api.library import Library
from tenfold_runtime.conversion.job import Job
from tenfold_runtime.folder import ModelFolder

# Imported wherever they are installed: by transformers, to assist one model with another, and by optimum, to
# list the pipelines that it could export.
_UNUSED = ("sklearn", "diffusers")


def leave_out(job: Job) -> None:
    """Keep this process from importing what the export of a model of transformers has no use for.

    A model that brings code of its own may have a use for anything.
    """
    if ModelFolder(job.folder).library is Library.TRANSFORMERS and not job.security.trust_remote_code:
        for name in _UNUSED:
            sys.modules.setdefault(name, None)  # type: ignore[arg-type] # it is then looked for nowhere


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage within the block: nothing that is imported is any."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
