"""A decoder on ONNX Runtime: new tokens in, logits out, keys and values written into the cache in place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from tenfold_runtime import network
from tenfold_runtime.generation.cache import Array, Cache, Shape

Ids = npt.NDArray[np.int64]


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
        taken = [one.name for one in self._session.get_inputs()]
        self.past = [name for name in taken if name.startswith("past.")]
        self._takes_positions = "position_ids" in taken
        self._most_tokens = most_tokens
        self.cache = Cache(self._shape(), rows, most_tokens)

    def _shape(self) -> Shape:
        _, heads, _, size = next(one.shape for one in self._session.get_inputs() if one.name in self.past)
        return Shape(len(self.past), heads, size)

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
        """Give what the graph takes beside the cache; some graphs need no positions."""
        given: dict[str, npt.NDArray[Any]] = {
            "input_ids": ids,
            "last": (lengths - 1).astype(np.int32),
            "total": np.array(lengths.max(), np.int32),
            "wanted": wanted,
        }
        if self._takes_positions:
            positions = (lengths - counts)[:, None] + np.arange(ids.shape[1])
            given["position_ids"] = np.minimum(positions, self._most_tokens - 1)
        return given

    def _run(self, inputs: dict[str, npt.NDArray[Any]], first: int, rows: int) -> Logits:
        binding = self._session.io_binding()
        for name, values in inputs.items():
            binding.bind_cpu_input(name, values)
        for name, array in zip(self.past, self.cache.arrays, strict=True):
            _bind_in_place(binding, name, array[first : first + rows])
        binding.bind_output("logits")
        binding.bind_output("normalizers")
        self._session.run_with_iobinding(binding)
        logits, normalizers = (value.numpy() for value in binding.get_outputs()[-2:])
        return Logits(logits, normalizers)


def _bind_in_place(binding: Any, past: str, rows: Array) -> None:
    """Let the graph read and write the same memory: it then adds the new tokens and copies nothing."""
    present = past.replace("past.", "present.")
    binding.bind_input(past, "cpu", 0, np.float32, rows.shape, rows.ctypes.data)
    binding.bind_output(present, "cpu", 0, np.float32, rows.shape, rows.ctypes.data)
