"""The artifact cache: what was made of a model once, kept by content and found again by any process.

An artifact is a folder: the graph, the tokenizer, the configuration, and `manifest.json`, which names the
hash of every file. It is written aside and renamed, so that two processes making the same one do no harm.
"""

import hashlib
import json
import platform
import shutil
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tenfold_api.library import Library
from tenfold_api.optimizing import Candidate
from tenfold_api.spec import Engine, Optimization, Quantization
from tenfold_api.tasks import Task
from tenfold_runtime import operators, processor
from tenfold_runtime.digests import file_digest, frozen_digest
from tenfold_runtime.folder import ModelFolder

FORMAT = 17  # raise it when what is in an artifact changes, so that older ones are made anew
MANIFEST = "manifest.json"
ORT_VERSION = version("onnxruntime")
GRAPH = "model.onnx"


class Manifest(BaseModel):
    """What an artifact is made of, from what, by what, and how good it is."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    model_id: str
    revision: str
    task: Task
    engine: Engine = Engine.ONNX
    """`onnx`, or `transformers`: the model's own library."""
    library: Library = Library.TRANSFORMERS
    """The library that the model is made for."""
    fallback: str | None = None
    """Why there is no graph, where there is none: the model's own files serve."""
    form: Quantization = Quantization.NONE
    optimized: bool = False
    candidates: tuple[Candidate, ...] = ()
    weight_bytes: int
    created: str
    machine: str
    versions: dict[str, str]
    files: dict[str, str]
    """SHA-256 of every file, by its path within the artifact."""

    @property
    def runner(self) -> str:
        """What runs the model: `onnx`, or its library's name."""
        return (self.engine if self.engine is Engine.ONNX else self.library).value

    @property
    def compute_type(self) -> str:
        """What `x-compute-type` says: `cpu+optimized` where the graph was fused or quantized, else `cpu`."""
        quantized = self.form is not Quantization.NONE
        return "cpu+optimized" if self.optimized or quantized else "cpu"

    @property
    def measured(self) -> Candidate | None:
        """The measurements of the form that serves; None where the exact weights do."""
        return next((candidate for candidate in self.candidates if candidate.serves), None)


class Artifact:
    """A folder in the cache whose manifest was read."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @property
    def graph(self) -> Path:
        return self.path / GRAPH

    @property
    def folder(self) -> ModelFolder:
        return ModelFolder(self.path)

    def intact(self) -> bool:
        """Compare every file with its hash."""
        files = [(self.path / name, digest) for name, digest in self.manifest.files.items()]
        return all(file.is_file() and frozen_digest(file) == digest for file, digest in files)


class ArtifactCache:
    """Artifacts below one folder, found by what they were made from."""

    def __init__(self, root: Path) -> None:
        self._root = root / "artifacts"

    def place(
        self, model_id: str, revision: str, task: Task | None, engine: Engine, optimization: Optimization
    ) -> Path:
        """Give the folder in which the artifact of exactly these inputs is kept.

        task: as the person wrote it; None where it is to be read from the model.
        The machine is one of the inputs: graphs are optimized, and their speed measured, for its processor.
        """
        chosen = [task, engine, optimization.model_dump(mode="json")]
        target = operators.target()
        inputs = [FORMAT, revision, *chosen, machine(), target and target.name, ORT_VERSION]
        key = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:16]
        return self._root / model_id.replace("/", "--") / key

    def find(self, place: Path) -> Artifact | None:
        """Give the artifact kept there. One that is damaged is removed, and None is given."""
        try:
            manifest = Manifest.model_validate_json((place / MANIFEST).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            shutil.rmtree(place, ignore_errors=True)
            return None
        artifact = Artifact(place, manifest)
        if manifest.format == FORMAT and artifact.intact():
            return artifact
        shutil.rmtree(place, ignore_errors=True)
        return None

    def aside(self, place: Path) -> Path:
        """Make an empty folder on the same file system, to write an artifact into before it is kept."""
        place.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))

    def keep(self, aside: Path, place: Path, manifest: Manifest) -> Artifact:
        """Complete the artifact written aside and move it to its place, unless another process was first."""
        (aside / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n")
        try:
            aside.rename(place)
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)
        return Artifact(place, manifest)


def digests(folder: Path) -> dict[str, str]:
    """Hash every file of a folder."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file_digest(file) for file in files}


def machine() -> str:
    """Name the processor that the measurements in a manifest hold for."""
    name = processor.told("model name")
    return (platform.processor() if name is None else name) or platform.machine()


def now() -> str:
    """The time in UTC, RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="seconds")
