"""A text model in memory, with what is needed to answer with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold_api.spec import Engine, Spec
from tenfold_api.tasks import Task
from tenfold_runtime import facts
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.facts import Pooling
from tenfold_runtime.network import Network, TextNetwork
from tenfold_runtime.tasks.base import TextModel, TextTask
from tenfold_runtime.tasks.registry import answering
from tenfold_runtime.tokenizer import TextTokenizer

_EMBEDDERS = {Task.FEATURE_EXTRACTION, Task.SENTENCE_SIMILARITY}  # whose network gives token vectors


@dataclass(frozen=True)
class LoadedText:
    """A text model, warm."""

    network: TextNetwork
    tasks: dict[Task, TextTask[Any]]
    manifest: Manifest

    def warm_up(self) -> None:
        """Run an example, so that the first caller does not pay for memory and kernels.

        One is enough: a batch of many takes no longer at first than later.
        """
        task = self.tasks[self.manifest.task]
        request = task.request.model_validate(task.example_body())
        self.network.run(task.encode(request))


def load(found: Artifact, source: Path, spec: Spec, threads: int) -> LoadedText:
    """Load a text model from its artifact, or from the model's own files where nothing was exported."""
    known = facts.read(found.folder)
    tokenizer = TextTokenizer(found.path / "tokenizer.json", known, spec.limits.max_input_tokens)
    is_embedder = found.manifest.task in _EMBEDDERS
    pooling = (known.pooling or Pooling.MEAN) if is_embedder else None
    pad_id = tokenizer.special_id("pad_token") or 0
    network = _network(found, source, spec, threads, pad_id, pooling)
    return LoadedText(network, answering(found.manifest.task, TextModel(tokenizer, known)), found.manifest)


def _network(
    found: Artifact, source: Path, spec: Spec, threads: int, pad_id: int, pooling: Pooling | None
) -> TextNetwork:
    if found.manifest.engine is Engine.ONNX:
        return Network(found.graph, threads, pad_id, frozen=True, pooling=pooling)
    from tenfold_runtime.torch_network import TorchNetwork

    return TorchNetwork(source, found.manifest.task, spec.security, threads, pad_id, pooling)
