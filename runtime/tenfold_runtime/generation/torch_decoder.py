"""A decoder on torch, for architectures that have no graph: each sequence runs alone, with its own state."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tenfold_api.spec import Security
from tenfold_api.tasks import Task
from tenfold_runtime import torch_model
from tenfold_runtime.generation.cache import Array


class TorchDecoder:
    """A causal language model of transformers."""

    def __init__(self, folder: Path, security: Security, threads: int) -> None:
        """Load a model; raises CannotLoad where transformers cannot."""
        import torch

        torch.set_num_threads(threads)
        self.model = torch_model.load(folder, Task.TEXT_GENERATION, security)

    def begin(self) -> "TorchSequence":
        """Give a sequence that has no tokens yet."""
        return TorchSequence(self.model)


class TorchSequence:
    """One sequence: its tokens, and the state that the model keeps of them, whatever that is.

    Goes on as transformers' generate does, by the model's own methods, so that attention caches, recurrent
    states and positions are those of the architecture.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._ids: Any = None
        self._state: dict[str, Any] = {"use_cache": True}

    def run(self, tokens: Sequence[int], *, every: bool = False) -> Array:
        """Take new tokens up; give the logits of the last, or of every one, float32 (tokens, vocabulary).

        The first call brings the prompt, later ones a token each.
        """
        import torch

        new = torch.tensor([list(tokens)])
        if self._ids is None:
            self._state = self._model._get_initial_cache_position(new.shape[1], new.device, self._state)
        self._ids = new if self._ids is None else torch.cat([self._ids, new], dim=1)
        with torch.inference_mode():
            output = self._model(**self._inputs(every=every), return_dict=True)
        self._state = self._model._update_model_kwargs_for_generation(output, self._state)
        logits = output.logits[0] if every else output.logits[0, -1:]
        return np.ascontiguousarray(logits.float().numpy())

    def _inputs(self, *, every: bool) -> Any:
        last_only = not every and self._model._supports_logits_to_keep()
        state = {**self._state, "logits_to_keep": 1} if last_only else self._state
        return self._model.prepare_inputs_for_generation(self._ids, **state)
