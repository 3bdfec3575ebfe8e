"""Where the model's files come from: a folder, or a hub through huggingface_hub's own code.

A source knows its revision before anything is downloaded, so that a ready artifact spares the download.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tenfold_api import hub_errors
from tenfold_api.inference_model import InferenceModel
from tenfold_api.library import Library, library, unwanted, wanted
from tenfold_api.spec import HubSource
from tenfold_api.tasks import Task
from tenfold_runtime.digests import Digests
from tenfold_runtime.errors import CannotLoad, HubUnavailable
from tenfold_runtime.folder import ModelFolder, refuse_pickles


class Source(Protocol):
    """A place that has the files of one revision."""

    @property
    def revision(self) -> str:
        """Commit, or hash of the files."""

    @property
    def task(self) -> Task | None:
        """What the place says the model does, if it says so."""

    def fetch(self) -> ModelFolder:
        """Bring the files onto this machine, where they are not yet."""


@dataclass(frozen=True)
class FolderSource:
    """Files that are on this machine already."""

    folder: ModelFolder
    revision: str
    task: Task | None = None

    def fetch(self) -> ModelFolder:
        return self.folder


@dataclass(frozen=True)
class HubRevision:
    """One commit of a repository on a hub."""

    repo: str
    revision: str
    task: Task | None
    cache: Path
    endpoint: str | None
    allow_pickle: bool
    library: Library = Library.TRANSFORMERS

    def fetch(self) -> ModelFolder:
        from huggingface_hub import snapshot_download

        with _translated(self.repo):
            path = snapshot_download(
                self.repo,
                revision=self.revision,
                cache_dir=self.cache,
                endpoint=self.endpoint,
                allow_patterns=wanted(self.library, allow_pickle=self.allow_pickle),
                ignore_patterns=unwanted(self.library),
            )
        return ModelFolder(Path(path))


def resolve(model: InferenceModel, cache: Path, endpoint: str | None = None) -> Source:
    """Find the model's source and pin its revision.

    endpoint: the hub's URL; the public hub by default.
    """
    source = model.spec.source
    if source.hub is not None:
        allow_pickle = model.spec.security.allow_pickle
        return _hub_revision(source.hub, cache / "hub", endpoint, allow_pickle=allow_pickle)
    if source.path is not None:
        return _folder_source(Path(source.path), Digests(cache / "digests.json"))
    raise CannotLoad(422, "SourceUnsupported", "this runtime reads spec.source.hub and spec.source.path only")


def _folder_source(path: Path, digests: Digests) -> FolderSource:
    if not path.is_dir():
        raise CannotLoad(404, "ModelNotFound", f"spec.source.path: there is no folder {path}")
    folder = ModelFolder(path)
    revision = folder.revision(digests)
    digests.keep()
    return FolderSource(folder, revision)


def _hub_revision(hub: HubSource, cache: Path, endpoint: str | None, *, allow_pickle: bool) -> HubRevision:
    try:
        info = _ask_hub(hub, endpoint)
    except HubUnavailable:
        return HubRevision(hub.repo, _remembered(hub, cache), None, cache, endpoint, allow_pickle)
    names = [sibling.rfilename for sibling in info.siblings]
    refuse_pickles(names, allowed=allow_pickle)
    _remember(hub, cache, info.sha)
    task = Task(info.pipeline_tag) if info.pipeline_tag in set(Task) else None
    return HubRevision(hub.repo, info.sha, task, cache, endpoint, allow_pickle, library(names))


def _ask_hub(hub: HubSource, endpoint: str | None) -> Any:
    from huggingface_hub import HfApi

    with _translated(hub.repo):
        return HfApi(endpoint=endpoint).model_info(hub.repo, revision=hub.revision, timeout=10)


def _note(hub: HubSource, cache: Path) -> Path:
    return cache / "revisions" / hub.repo.replace("/", "--") / hub.revision.replace("/", "--")


def _remember(hub: HubSource, cache: Path, revision: str) -> None:
    note = _note(hub, cache)
    note.parent.mkdir(parents=True, exist_ok=True)
    aside = note.with_name(f"{note.name}.{os.getpid()}")
    aside.write_text(revision)
    aside.replace(note)


def _remembered(hub: HubSource, cache: Path) -> str:
    """Give the commit that the revision named when the hub last answered; serving goes on without the hub."""
    try:
        return _note(hub, cache).read_text()
    except FileNotFoundError:
        raise HubUnavailable(f"the hub does not answer, and {hub.repo} was never loaded before") from None


@contextmanager
def _translated(repo: str) -> Iterator[None]:
    """Turn huggingface_hub's errors into ours: final where the hub is sure, else HubUnavailable."""
    try:
        yield
    except hub_errors.passing() as error:
        refusal = hub_errors.refusal(repo, error)
        if refusal is not None:
            raise CannotLoad.of(refusal) from error
        raise HubUnavailable(f"the hub did not answer for {repo}: {type(error).__name__}") from error
