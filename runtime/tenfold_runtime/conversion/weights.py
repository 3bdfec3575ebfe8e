"""Weights in a file beside their graph, read and written one at a time.

A graph itself holds less than 2 GiB. In a file beside it weights have no limit, and what reads the graph maps
them instead of taking them all into memory.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, external_data_helper, helper, numpy_helper

Array: TypeAlias = npt.NDArray[Any]

_PAGE = 4096  # bytes; what is mapped begins on a page


class Writer:
    """Writes the weights of a graph, one after the other, and then the graph."""

    def __init__(self, graph: Path) -> None:
        self._graph = graph
        self._name = f"{graph.name}.data"
        self._file = (graph.parent / self._name).open("wb")

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, name: str, values: Array) -> TensorProto:
        """Write an array; give what stands for it in the graph."""
        values = np.ascontiguousarray(values)
        start = self._file.seek(-(-self._file.tell() // _PAGE) * _PAGE)
        values.tofile(self._file)
        tensor = TensorProto(
            name=name, dims=values.shape, data_type=helper.np_dtype_to_tensor_dtype(values.dtype)
        )
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", self._name), ("offset", start), ("length", values.nbytes)):
            tensor.external_data.add(key=key, value=str(value))
        return tensor

    def finish(self, model: onnx.ModelProto) -> None:
        """Write the graph itself."""
        self._file.flush()
        onnx.save(model, self._graph)


def load(graph: Path) -> onnx.ModelProto:
    """Read a graph without the weights beside it."""
    return onnx.load(graph, load_external_data=False)


def read(tensor: TensorProto, folder: Path) -> Array:
    """Give a weight's values: a view of its file where it has one. folder: where the graph is."""
    if not external_data_helper.uses_external_data(tensor):
        inline: Array = numpy_helper.to_array(tensor)
        return inline
    place = external_data_helper.ExternalDataInfo(tensor)
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    return np.memmap(folder / place.location, kind, "r", place.offset or 0, tuple(tensor.dims))


def beside(graph: Path) -> list[Path]:
    """Give the files that a graph keeps weights in."""
    tensors = filter(external_data_helper.uses_external_data, load(graph).graph.initializer)
    names = {external_data_helper.ExternalDataInfo(tensor).location for tensor in tensors}
    return [graph.parent / name for name in sorted(names)]


def size(graph: Path) -> int:
    """Give the bytes of a graph with all its weights."""
    return sum(path.stat().st_size for path in (graph, *beside(graph)))


def replace(graph: Path, other: Path) -> None:
    """Put another graph of the same folder in a graph's place. Its weights keep their file."""
    remove(graph)
    other.replace(graph)


def remove(graph: Path) -> None:
    """Remove a graph and its weights."""
    for path in (*beside(graph), graph):
        path.unlink()
