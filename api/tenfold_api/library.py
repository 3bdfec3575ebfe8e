"""The library that a model is made for, told by the names of its files."""

from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatch


class Library(StrEnum):
    """Whose model it is, named as the Hub's `library_name` names it."""

    TRANSFORMERS = "transformers"
    DIFFUSERS = "diffusers"
    SKLEARN = "sklearn"
    """A model of tables: an estimator, or the ONNX graph of one."""


PIPELINE_INDEX = "model_index.json"

# Formats that run code when they are loaded.
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib")
_NETWORKS = ("*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_TABULAR = ("*.skops", "*.onnx", "*.joblib", "*.pkl", "*.pickle")

_SETTINGS = ("*.json", "*.txt", "*.model", "*.spm", "*.jinja")
_WANTED = {
    Library.TRANSFORMERS: (*_SETTINGS, "*.safetensors"),
    Library.DIFFUSERS: (*_SETTINGS, "*/*.safetensors"),  # beside them lie the same weights in one file
    Library.SKLEARN: (*_SETTINGS, "*.skops", "*.onnx", "*.onnx.data", "*.onnx_data"),
}
_COPIES = ("*.fp16.*", "*.non_ema.*")  # the same weights in other forms


def library(names: Iterable[str]) -> Library:
    """Tell whose model it is. names: of all its files, by their paths within it."""
    found = tuple(names)
    if PIPELINE_INDEX in found:
        return Library.DIFFUSERS
    at_root = [name for name in found if "/" not in name]
    if matching(at_root, _TABULAR) and not matching(found, _NETWORKS):
        return Library.SKLEARN
    return Library.TRANSFORMERS


def wanted(of: Library, *, allow_pickle: bool) -> list[str]:
    """Give patterns of what serving needs. Code and weights in other forms stay on the hub."""
    return [*_WANTED[of], *(PICKLES if allow_pickle else ())]


def unwanted(of: Library) -> list[str]:
    """Give patterns of what is left out all the same."""
    return list(_COPIES) if of is Library.DIFFUSERS else []


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Give the names that one of the patterns matches, sorted."""
    chosen = tuple(patterns)
    return sorted(name for name in names if any(fnmatch(name, pattern) for pattern in chosen))
