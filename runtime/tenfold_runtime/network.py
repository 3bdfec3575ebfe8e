"""The one module that knows ONNX Runtime: a graph, run on batches of token sequences."""

from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding

from tenfold_runtime import operators
from tenfold_runtime.facts import Pooling
from tenfold_runtime.pooling import pooled

Ids: TypeAlias = npt.NDArray[np.int64]
# The outputs of the graph for one sequence, each without the batch axis, and last its pooled vector, if any.
Outputs: TypeAlias = tuple[npt.NDArray[np.float32], ...]

# Microseconds that a thread waits busily for its next part of a run before it sleeps. A run is a hundred
# short parallel parts: a thread that sleeps between them wakes too late, and one that never sleeps takes the
# cores from the gateway and from tokenization.
SPIN = 30

# The same for a lone request's run, until the next one: callers who ask again once they are answered do so
# within half a millisecond, where a thread takes a tenth of one to wake.
LONE_SPIN = 500

# Fusions that make a graph slower: the fused node's kernel is a plain loop, and those of its parts are
# vectorized. On (10, 384), a fused layer norm takes 19 microseconds and its two parts 3.
SLOWER = ("BiasGeluFusion", "BiasSkipLayerNormFusion", "EmbedLayerNormFusion", "SkipLayerNormFusion")


class TextNetwork(Protocol):
    """Maps token sequences to arrays."""

    workers: int
    """How many runs may go on side by side."""

    def run(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Run once over all sequences, on all cores."""

    def run_beside(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Run once over all sequences, on one core, while others run beside it."""


class Network:
    """An ONNX graph that maps token sequences to arrays.

    There are two sessions over the same file of weights, which is mapped into memory once: the first has all
    threads, the second, made when it is first needed, has one for each run.
    """

    def __init__(
        self,
        graph: Path,
        threads: int,
        pad_id: int = 0,
        *,
        frozen: bool = False,
        pooling: Pooling | None = None,
    ) -> None:
        """Load a graph. `frozen`: it was optimized when it was built, and is taken as it is.

        pooling: how the first output, token vectors, becomes one more for each sequence.
        """
        self._graph = graph
        self._frozen = frozen
        self._session = self._load(threads, LONE_SPIN)
        self._single = self._session if threads == 1 else None
        self._making = Lock()
        self._pad_id = pad_id
        self._inputs = {declared.name for declared in self._session.get_inputs()}
        self._per_token = [_grows(declared) for declared in self._session.get_outputs()]
        self._pooling = pooling
        self.workers = threads

    def _load(self, threads: int, spin: int = SPIN) -> onnxruntime.InferenceSession:
        chosen = options(threads, spin)
        if self._frozen:
            chosen.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        return onnxruntime.InferenceSession(str(self._graph), chosen, providers=["CPUExecutionProvider"])

    def run(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Run the graph once over all sequences, padded to the longest.

        Gives, for each sequence and each output of the graph, float32 of shape (tokens, …) where the output
        is one per token, padding cut off, else of shape (…).
        """
        return self._run(self._session, encodings)

    def run_beside(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Do what `run` does on one core. Several threads may call it at the same time."""
        with self._making:
            self._single = self._single or self._load(threads=1)
        return self._run(self._single, encodings)

    def _run(self, session: onnxruntime.InferenceSession, encodings: Sequence[Encoding]) -> list[Outputs]:
        outputs = session.run(None, feed(encodings, self._inputs, self._pad_id))
        return per_sequence(outputs, self._per_token, encodings, self._pooling)


def per_sequence(
    outputs: Sequence[Any],
    per_token: Sequence[bool],
    encodings: Sequence[Encoding],
    pooling: Pooling | None,
) -> list[Outputs]:
    """Give each sequence its part of a run's outputs, padding cut off, and its pooled vector.

    per_token: which outputs have an axis of tokens, their second. pooling: None for no pooled vector.
    """
    lengths = [len(encoding) for encoding in encodings]
    vectors = pooled(outputs[0], lengths, pooling) if pooling else None
    pairs = list(zip(outputs, per_token, strict=True))

    def one(row: int, length: int) -> Outputs:
        own = tuple(output[row, :length] if grows else output[row] for output, grows in pairs)
        return own if vectors is None else (*own, vectors[row])

    return [one(row, length) for row, length in enumerate(lengths)]


def feed(encodings: Sequence[Encoding], inputs: Collection[str], pad_id: int = 0) -> dict[str, Ids]:
    """Make the named inputs of a graph, int64 (sequences, longest), padded on the right."""
    lengths = [len(encoding) for encoding in encodings]
    ids = np.full((len(encodings), max(lengths)), pad_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    types = np.zeros_like(ids)
    for row, (encoding, length) in enumerate(zip(encodings, lengths, strict=True)):
        ids[row, :length] = encoding.ids
        mask[row, :length] = 1
        types[row, :length] = encoding.type_ids
    arrays = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    return {name: array for name, array in arrays.items() if name in inputs}


def _grows(declared: Any) -> bool:
    """Tell whether an output's second axis is the sequence: the exporter gives that axis no number."""
    return len(declared.shape) > 1 and not isinstance(declared.shape[1], int)


def options(threads: int, spin: int = SPIN) -> onnxruntime.SessionOptions:
    """Give the options of a session. `spin`: in microseconds."""
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = threads
    chosen.inter_op_num_threads = 1
    chosen.add_session_config_entry("session.intra_op.spin_duration_us", str(spin))
    chosen.add_session_config_entry("optimization.disable_specified_optimizers", ";".join(SLOWER))
    chosen.log_severity_level = 3
    operators.register(chosen)
    return chosen
