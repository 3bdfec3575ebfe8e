"""The models that a person chose with `--file` and `--model`, and all that keeps them from being served."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tenfold_api import manifests
from tenfold_api.inference_model import InferenceModel
from tenfold_api.spec import MODEL_ID
from tenfold_cli.errors import REFUSED, CommandError
from tenfold_cli.local import limits

_NAMES_A_FOLDER = (".", "/", "~")


@dataclass(frozen=True)
class Choice:
    """A model and where it was chosen: a manifest, or an argument."""

    origin: str
    model: InferenceModel


def models(files: Sequence[Path], names: Sequence[str]) -> list[InferenceModel]:
    """Give the chosen models, or raise CommandError with all that is wrong with them."""
    if not files and not names:
        raise CommandError("nothing to serve: give --file or --model", REFUSED)
    choices, problems = _read(files, names)
    problems += [*_impossible(choices), *_repeated(choices)]
    if problems:
        raise CommandError("\n".join(problems), REFUSED)
    return [choice.model for choice in choices]


def _read(files: Iterable[Path], names: Iterable[str]) -> tuple[list[Choice], list[str]]:
    choices: list[Choice] = []
    problems: list[str] = []
    for file in files:
        try:
            choices += [Choice(f"{file}: {model.metadata.name}", model) for model in manifests.read(file)]
        except manifests.ManifestError as error:
            problems.append(str(error))
    for name in names:
        try:
            choices.append(Choice(f"--model {name}", named(name)))
        except ValueError as error:
            problems.append(f"--model {name}: {error}")
    return choices, problems


def one(name: str, spec: dict[str, Any]) -> InferenceModel:
    """Give the model that is given as a folder or as an id on the hub, or raise CommandError."""
    try:
        return named(name, {key: value for key, value in spec.items() if value is not None})
    except ValueError as error:
        raise CommandError(f"{name}: {error}", REFUSED) from error


def named(name: str, spec: Mapping[str, Any] = MappingProxyType({})) -> InferenceModel:
    """Make the resource of a model that is given as a folder or as an id on the hub.

    spec: further fields of the resource's spec.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _in_folder(folder.resolve(), spec)
    if name.startswith(_NAMES_A_FOLDER):
        raise ValueError("there is no such folder")
    if not re.fullmatch(MODEL_ID, name):
        raise ValueError("must be a folder, or an id on the hub as `name` or `organisation/name`")
    return InferenceModel.of(_resource_name(name), {"source": {"hub": {"repo": name}}, **spec})


def _in_folder(folder: Path, spec: Mapping[str, Any]) -> InferenceModel:
    if not re.fullmatch(MODEL_ID, folder.name):
        raise ValueError("the folder's name must consist of letters, digits, dots, dashes and underscores")
    own = {"modelId": folder.name, "source": {"path": str(folder)}}
    return InferenceModel.of(_resource_name(folder.name), {**own, **spec})


def _resource_name(model_id: str) -> str:
    """Give a name that Kubernetes accepts."""
    return re.sub(r"[^a-z0-9.-]+", "-", model_id.lower()).strip(".-")


def _impossible(choices: Iterable[Choice]) -> Iterator[str]:
    for choice in choices:
        for field, reason in limits.refusals(choice.model):
            yield f"{choice.origin}: {field}: {reason}"


def _repeated(choices: Iterable[Choice]) -> Iterator[str]:
    first: dict[str, Choice] = {}
    for choice in choices:
        model_id = choice.model.model_id
        earlier = first.setdefault(model_id, choice)
        if earlier is not choice:
            yield f"{choice.origin}: spec.modelId: {model_id} is already used by {earlier.origin}"
