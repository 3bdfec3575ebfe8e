"""A text network on torch, for models that have no graph."""

import inspect
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding

from tenfold_api.spec import Security
from tenfold_api.tasks import Task
from tenfold_runtime import torch_model
from tenfold_runtime.facts import Pooling
from tenfold_runtime.network import Outputs, feed, per_sequence

_PER_SEQUENCE = {Task.TEXT_CLASSIFICATION, Task.ZERO_SHOT_CLASSIFICATION, Task.TEXT_RANKING}
# Outputs that answers are made of, as the exporter names and orders them.
_OUTPUTS = ("last_hidden_state", "logits", "start_logits", "end_logits")


class TorchNetwork:
    """A transformers model that maps token sequences to arrays."""

    workers = 1

    def __init__(
        self,
        folder: Path,
        task: Task,
        security: Security,
        threads: int,
        pad_id: int = 0,
        pooling: Pooling | None = None,
    ) -> None:
        """Load a model; raises CannotLoad where transformers cannot. pooling: as `Network` takes it."""
        import torch

        torch.set_num_threads(threads)
        self._torch = torch
        self._model = torch_model.load(folder, task, security)
        self._inputs = set(inspect.signature(self._model.forward).parameters)
        self._pad_id = pad_id
        self._per_token = task not in _PER_SEQUENCE
        self._pooling = pooling

    def run_beside(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Do what `run` does: torch's threads are the process's, and one run has them all."""
        return self.run(encodings)

    def run(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Run once over all sequences, padded to the longest; gives what `Network.run` gives."""
        fed = feed(encodings, self._inputs, self._pad_id)
        with self._torch.inference_mode():
            found = self._model(**{name: self._torch.from_numpy(array) for name, array in fed.items()})
        outputs = [found[name].float().numpy() for name in _OUTPUTS if name in found]
        return per_sequence(outputs, [self._per_token] * len(outputs), encodings, self._pooling)
