"""Reads InferenceModels from YAML files as the API server would, and tells all that is wrong at once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from tenfold_api import documents, names, refusals
from tenfold_api.documents import Document
from tenfold_api.inference_model import InferenceModel


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a manifest. It prints as one line."""

    file: Path
    """The file or folder, as the person named it."""
    document: str
    """Which document of the file: its resource's name or its number; "" where the file has one only."""
    field: str
    """Path of the field, as `spec.autoscaling.minReplicas`; "" where the whole is meant."""
    message: str
    """What was wrong and what would be right."""

    def __str__(self) -> str:
        return ": ".join(filter(None, (str(self.file), self.document, self.field, self.message)))


class ManifestError(Exception):
    """Manifests that cannot be used, with all their problems."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class _Found:
    """A model and the document that it was read from."""

    document: Document
    model: InferenceModel


def read(path: Path) -> list[InferenceModel]:
    """Read every InferenceModel in a file, or in the YAML files directly in a folder.

    A relative `spec.source.path` comes back absolute, as it is meant: from the manifest's folder.
    Raises ManifestError with all problems of all files.
    """
    outcomes = list(_outcomes(path))
    found = [outcome for outcome in outcomes if isinstance(outcome, _Found)]
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    problems += _repeated_ids(found)
    if not found and not problems:
        problems = [Problem(path, "", "", f"has no {names.KIND}")]
    if problems:
        raise ManifestError(tuple(problems))
    return [each.model for each in found]


def _outcomes(path: Path) -> Iterator[_Found | Problem]:
    for file in _files(path):
        try:
            read_documents = documents.read(file)
        except documents.DocumentError as error:
            yield Problem(file, "", "", str(error))
        else:
            for document in read_documents:
                yield from _judged(document)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml") and file.is_file())


def _judged(document: Document) -> Iterator[_Found | Problem]:
    """Give the model, or what is wrong, or nothing where the document is of another kind."""
    unnamed = list(_unnamed(document))
    if unnamed or _is_of_another_kind(document.content):
        yield from unnamed
        return
    try:
        yield _Found(document, _with_absolute_path(_model(document), document.file.parent))
    except pydantic.ValidationError as error:
        for detail in error.errors():
            yield _problem(document, refusals.field(detail), refusals.message(detail))


def _unnamed(document: Document) -> Iterator[Problem]:
    """Find out what keeps a document from being a Kubernetes object of any kind."""
    if not isinstance(document.content, dict):
        yield _problem(document, "", "must be an object with apiVersion, kind, metadata and spec")
        return
    for field, example in (("apiVersion", names.API_VERSION), ("kind", names.KIND)):
        if not isinstance(document.content.get(field), str):
            yield _problem(document, field, f"is required, as {example}")


def _is_of_another_kind(content: dict[str, Any]) -> bool:
    is_of_our_group = content["apiVersion"].startswith(f"{names.GROUP}/")
    return not is_of_our_group and content["kind"] != names.KIND


def _model(document: Document) -> InferenceModel:
    """Parse as strictly as the API server does: "2" is no number, and min_replicas no field."""
    return InferenceModel.model_validate_json(
        json.dumps(document.content), strict=True, by_alias=True, by_name=False
    )


def _with_absolute_path(model: InferenceModel, folder: Path) -> InferenceModel:
    spec, source = model.spec, model.spec.source
    if source.path is None:
        return model
    source = source.model_copy(update={"path": str((folder / source.path).resolve())})
    return model.model_copy(update={"spec": spec.model_copy(update={"source": source})})


def _repeated_ids(found: list[_Found]) -> Iterator[Problem]:
    first: dict[str, Document] = {}
    for each in found:
        earlier = first.setdefault(each.model.model_id, each.document)
        if earlier is not each.document:
            message = f"{each.model.model_id} is a modelId already used by {earlier}"
            yield _problem(each.document, "spec.modelId", message)


def _problem(document: Document, field: str, message: str) -> Problem:
    return Problem(document.file, document.label, field, message)
