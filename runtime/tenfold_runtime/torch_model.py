"""A model of transformers, on torch."""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from tenfold_api.spec import Security
from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.heads import HEADS


def load(folder: Path, task: Task, security: Security, **options: Any) -> Any:
    """Load a model with the head that its task needs; raises CannotLoad where transformers cannot."""
    import transformers

    head = getattr(transformers, HEADS[task][0])
    try:
        return head.from_pretrained(
            folder,
            use_safetensors=None if security.allow_pickle else True,
            trust_remote_code=security.trust_remote_code,
            **options,
        ).eval()
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CannotLoad(422, "InvalidModel", f"transformers cannot load the model: {error}") from error
