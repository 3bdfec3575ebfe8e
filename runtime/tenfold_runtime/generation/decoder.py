"""A decoder on ONNX Runtime: new tokens in, logits out, keys and values written into the cache in place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from tenfold_runtime import network
from tenfold_runtime.generation.cache import Array, Cache, Cached, Shape

Ids = npt.NDArray[np.int64]

# Inputs of a graph: which of the flattened tokens to give logits for; which, ascending, fill nothing up; and
# how many tokens the longest row has.
WANTED, OWN, TOTAL = "wanted", "own", "total"

_KINDS: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


@dataclass(frozen=True, slots=True)
class Logits:
    """What the graph says of the tokens that were asked for."""

    values: Array
    """(tokens, vocabulary)"""
    normalizers: Array
    """(tokens,): log of the sum of the exponentials of each row of `values`."""


class Decoder:
    """A graph with the inputs and outputs that `conversion.decoder_export` gives it, and its cache.

    Rows of a run are rows of the cache, side by side. Each has a length of its own: attention looks at a
    row's own tokens only, so nothing is padded on the left and no mask is made.
    """

    def __init__(
        self,
        graph: Path,
        threads: int,
        rows: int,
        most_tokens: int,
        *,
        frozen: bool = False,
        prepack: bool = True,
    ) -> None:
        """Load a graph. `frozen`: it was optimized when it was built, and is taken as it is.

        prepack: put the weights into the order in which they are used, which takes their size in memory.
        """
        options = network.options(threads)
        if frozen:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        if not prepack:
            options.add_session_config_entry("session.disable_prepacking", "1")
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._taken = {one.name: one for one in self._session.get_inputs()}
        self.past = [name for name in self._taken if name.startswith("past.")]
        self.leaves_padding_out = OWN in self._taken
        """Whether what fills rows up to the longest costs next to nothing."""
        self._most_tokens = most_tokens
        self._vocabulary = self._width("logits")
        self.cache = Cache(self._shape(), rows, most_tokens)
        self._bindings: dict[tuple[int, int], Any] = {}
        self._bound_arrays = self.cache.arrays

    def _shape(self) -> Shape:
        cache = self._taken[self.past[0]]
        _, heads, _, size = cache.shape
        return Shape(len(self.past), heads, size, _KINDS[cache.type])

    def _width(self, output: str) -> int:
        (shape,) = [one.shape for one in self._session.get_outputs() if one.name == output]
        return int(shape[-1])

    def run(self, first: int, ids: Ids, counts: Ids, lengths: Ids, wanted: Ids) -> Logits:
        """Run new tokens through the network; rows `first` and on of the cache take them up.

        ids: (rows, tokens), a row's own tokens first. counts: (rows,), how many of them are its own.
        lengths: (rows,), how many tokens each row has with them. wanted: (tokens,), which of the tokens to
        give logits for, as indices into the flattened ids. Several rows must either all be new, or have one
        new token each.
        """
        if lengths.max() > self.cache.capacity:
            raise ValueError(f"{lengths.max()} tokens; the cache has room for {self.cache.capacity}")
        return self._run(self.inputs(ids, counts, lengths, wanted), first, len(ids))

    def inputs(self, ids: Ids, counts: Ids, lengths: Ids, wanted: Ids) -> dict[str, npt.NDArray[Any]]:
        """Give what the graph takes beside the cache.

        Some graphs need no positions, and only some tell a row's own tokens from what fills it up.
        """
        given: dict[str, npt.NDArray[Any]] = {
            "input_ids": ids,
            "last": (lengths - 1).astype(np.int32),
            WANTED: wanted,
        }
        if TOTAL in self._taken:
            given[TOTAL] = np.array(lengths.max(), np.int32)
        if "position_ids" in self._taken:
            positions = (lengths - counts)[:, None] + np.arange(ids.shape[1])
            given["position_ids"] = np.minimum(positions, self._most_tokens - 1)
        if self.leaves_padding_out:
            given[OWN] = np.flatnonzero(np.arange(ids.shape[1]) < counts[:, None])
        return given

    def _run(self, inputs: dict[str, npt.NDArray[Any]], first: int, rows: int) -> Logits:
        binding = self._bound(first, rows)
        for name, values in inputs.items():
            binding.bind_cpu_input(name, values)
        count = len(inputs[WANTED])
        logits = Logits(np.empty((count, self._vocabulary), np.float32), np.empty(count, np.float32))
        _bind_output(binding, "logits", logits.values)
        _bind_output(binding, "normalizers", logits.normalizers)
        self._session.run_with_iobinding(binding)
        return logits

    def _bound(self, first: int, rows: int) -> Any:
        """Give a binding of these rows of the cache, the one of the last time where the cache is the same."""
        if self._bound_arrays is not self.cache.arrays:
            self._bindings.clear()
            self._bound_arrays = self.cache.arrays
        if (first, rows) not in self._bindings:
            binding = self._bindings[first, rows] = self._session.io_binding()
            for name, array in zip(self.past, self.cache.arrays, strict=True):
                _bind_in_place(binding, name, array[first : first + rows])
        return self._bindings[first, rows]


def _bind_in_place(binding: Any, past: str, rows: Cached) -> None:
    """Let the graph read and write the same memory: it then adds the new tokens and copies nothing."""
    binding.bind_input(past, "cpu", 0, rows.dtype, rows.shape, rows.ctypes.data)
    _bind_output(binding, past.replace("past.", "present."), rows)


def _bind_output(binding: Any, name: str, array: Cached) -> None:
    binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
