"""The one module that knows ONNX Runtime: a graph, run on batches of token sequences."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding

Ids: TypeAlias = npt.NDArray[np.int64]
# The outputs of the graph for one sequence, each without the batch axis.
Outputs: TypeAlias = tuple[npt.NDArray[np.float32], ...]


class Network:
    """An ONNX graph that maps token sequences to arrays."""

    def __init__(self, graph: Path, threads: int, pad_id: int = 0) -> None:
        self._session = onnxruntime.InferenceSession(
            str(graph), _options(threads), providers=["CPUExecutionProvider"]
        )
        self._pad_id = pad_id
        self._inputs = {declared.name for declared in self._session.get_inputs()}
        self._per_token = [_grows(declared) for declared in self._session.get_outputs()]

    def run(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        """Run the graph once over all sequences, padded to the longest.

        Gives, for each sequence and each output of the graph, float32 of shape (tokens, …) where the output
        is one per token, padding cut off, else of shape (…).
        """
        lengths = [len(encoding) for encoding in encodings]
        outputs = self._session.run(None, self._feed(encodings, max(lengths)))
        return [self._one(outputs, row, length) for row, length in enumerate(lengths)]

    def _one(self, outputs: list[Any], row: int, length: int) -> Outputs:
        pairs = zip(outputs, self._per_token, strict=True)
        return tuple(output[row, :length] if per_token else output[row] for output, per_token in pairs)

    def _feed(self, encodings: Sequence[Encoding], width: int) -> dict[str, Ids]:
        ids = np.full((len(encodings), width), self._pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        types = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
            types[row, : len(encoding)] = encoding.type_ids
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        return {name: array for name, array in feed.items() if name in self._inputs}


def _grows(declared: Any) -> bool:
    """Tell whether an output's second axis is the sequence: the exporter gives that axis no number."""
    return len(declared.shape) > 1 and not isinstance(declared.shape[1], int)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin between requests would take the cores from the gateway and from tokenization.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
