"""A model of transformers, on torch."""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from tenfold_api.spec import Security
from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.heads import head_of


def load(folder: Path, task: Task, security: Security, **options: Any) -> Any:
    """Load a model with the head that its task needs; raises CannotLoad where transformers cannot."""
    import transformers

    head = head_of(task, ModelFolder(folder).architecture)
    if head is None:
        raise CannotLoad(422, "TaskUnsupported", f"transformers has no head for {task}")
    try:
        return (
            getattr(transformers, head[0])
            .from_pretrained(
                folder,
                use_safetensors=None if security.allow_pickle else True,
                trust_remote_code=security.trust_remote_code,
                **options,
            )
            .eval()
        )
    except ImportError as error:
        raise CannotLoad(422, "LibraryMissing", str(error).strip().partition("\n")[0]) from error
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CannotLoad(422, "InvalidModel", f"transformers cannot load the model: {error}") from error
