"""A model's files: what they say of the model, and whether they are safe to load."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from tenfold_api.architectures import task_of, task_unknown
from tenfold_api.library import PIPELINE_INDEX, Library, library
from tenfold_api.tasks import Task
from tenfold_api.weights import refusal as weights_refusal
from tenfold_api.weights import weights
from tenfold_runtime.digests import Digests
from tenfold_runtime.errors import CannotLoad

_DECODERS = ("ForCausalLM", "LMHeadModel")


class ModelFolder:
    """A folder with a model in it, or with the artifact made of one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def json(self, name: str) -> dict[str, Any] | None:
        """Read a JSON object; None where the file is absent."""
        try:
            content = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise CannotLoad(422, "InvalidModel", f"{name} is not valid JSON: {error}") from error
        return {"items": content} if isinstance(content, list) else dict(content)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The model's own configuration (config.json)."""
        config = self.json("config.json")
        if config is None:
            raise CannotLoad(
                422, "InvalidModel", f"no config.json in {self.path}: is it a transformers model?"
            )
        return config

    @cached_property
    def tokenizer_config(self) -> dict[str, Any]:
        return self.json("tokenizer_config.json") or {}

    @property
    def architecture(self) -> str:
        return next(iter(self.config.get("architectures") or []), "")

    @property
    def model_type(self) -> str:
        return str(self.config.get("model_type", ""))

    @cached_property
    def library(self) -> Library:
        """The library that the model is made for."""
        return library(self.names)

    @property
    def tabular(self) -> dict[str, Any]:
        """What the configuration of a model of tables says of it, as the Hub's repositories have it."""
        described = (self.json("config.json") or {}).get("sklearn")
        return described if isinstance(described, dict) else {}

    @property
    def weight_bytes(self) -> int:
        """The size of the weights, in bytes."""
        return sum((self.path / name).stat().st_size for name in weights(self.names))

    def answering(self, asked: Task) -> Task:
        """Give the task whose model answers what is asked for: a decoder converses by generating text."""
        if asked is Task.CONVERSATIONAL and self.architecture.endswith(_DECODERS):
            return Task.TEXT_GENERATION
        return asked

    def task(self) -> Task:
        """Tell from the files what the model does."""
        match self.library:
            case Library.DIFFUSERS:
                return self._task_of_pipeline()
            case Library.SKLEARN:
                return self._task_of_table()
        return self._task_of_network()

    def _task_of_pipeline(self) -> Task:
        name = str((self.json(PIPELINE_INDEX) or {}).get("_class_name"))
        from_image = any(part in name for part in ("Img2Img", "ImageToImage", "InstructPix2Pix", "Upscale"))
        return Task.IMAGE_TO_IMAGE if from_image else Task.TEXT_TO_IMAGE

    def _task_of_table(self) -> Task:
        told = self.tabular.get("task")
        if told in (Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION):
            return Task(told)
        raise CannotLoad(
            422,
            "TaskUnknown",
            "cannot tell the task, for config.json names none in sklearn.task: set spec.task to "
            f"{Task.TABULAR_CLASSIFICATION} or {Task.TABULAR_REGRESSION}",
        )

    def _task_of_network(self) -> Task:
        if (self.path / "modules.json").exists():
            return Task.FEATURE_EXTRACTION
        if "pretrained_cfg" in self.config:  # as timm writes it, without an architecture
            return Task.IMAGE_CLASSIFICATION
        task = task_of(self.architecture)
        if task is None:
            raise CannotLoad.of(task_unknown(self.architecture))
        return Task.AUDIO_CLASSIFICATION if task is Task.TEXT_CLASSIFICATION and self._hears else task

    @property
    def _hears(self) -> bool:
        """Whether the model's inputs are sounds; heads for sequences of either kind have one name."""
        return "sampling_rate" in (self.json("preprocessor_config.json") or {})

    @property
    def names(self) -> list[str]:
        """The files, by their paths within the folder; hidden ones left out."""
        files = (file.relative_to(self.path) for file in self.path.rglob("*") if file.is_file())
        return sorted(
            file.as_posix() for file in files if not any(part.startswith(".") for part in file.parts)
        )

    def refuse_code(self, *, allowed: bool) -> None:
        """Raise CannotLoad where the model brings Python code that nobody allowed."""
        mapped = "auto_map" in (self.json("config.json") or {})
        if not allowed and (mapped or any(self.path.glob("*.py"))):
            raise CannotLoad(
                403,
                "RemoteCodeRefused",
                "the model comes with Python code of its own; set spec.security.trustRemoteCode to run it",
            )

    def revision(self, digests: Digests) -> str:
        """Hash the names and contents of all files: the revision of a model that no hub gave one."""
        total = hashlib.sha256()
        for name in self.names:
            total.update(f"{name}\0{digests.of(self.path / name)}\n".encode())
        return total.hexdigest()[:40]


def refuse_pickles(names: list[str], *, allowed: bool) -> None:
    """Raise CannotLoad where files of these names hold no weights that are safe to load."""
    refusal = weights_refusal(names, allow_pickle=allowed)
    if refusal is not None:
        raise CannotLoad.of(refusal)
