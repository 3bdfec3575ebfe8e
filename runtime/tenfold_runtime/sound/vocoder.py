"""The part that makes sound of a spectrogram, for models that end there. It lies in a folder of its own."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from tenfold_api.spec import Security
from tenfold_runtime.errors import CannotLoad

_ARCHITECTURE = "SpeechT5HifiGan"


def load(folder: Path, security: Security) -> Any:
    """Load the vocoder, which a folder within the model's holds; raises CannotLoad where none does."""
    place = next((file.parent for file in sorted(folder.glob("*/config.json")) if _is_vocoder(file)), None)
    if place is None:
        message = f"the model ends in a spectrogram: put a {_ARCHITECTURE} into a folder of it, as vocoder/"
        raise CannotLoad(422, "VocoderMissing", message)
    import transformers

    try:
        safe = None if security.allow_pickle else True
        return transformers.SpeechT5HifiGan.from_pretrained(place, use_safetensors=safe).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise CannotLoad(
            422, "InvalidModel", f"{place.name}: transformers cannot load it: {error}"
        ) from error


def _is_vocoder(config: Path) -> bool:
    try:
        return _ARCHITECTURE in json.loads(config.read_text(encoding="utf-8"))["architectures"]
    except (ValueError, KeyError, TypeError):
        return False
