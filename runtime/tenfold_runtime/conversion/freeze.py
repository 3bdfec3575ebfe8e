"""The last step of a build: what ONNX Runtime would do to a graph at every load is done once.

The weights go into a file of their own, in the order in which this processor's products take them. A load
maps the file into memory instead of reading it: a start is faster, what is never touched, as most rows of an
embedding table, takes no memory, and all sessions and processes share one copy.
"""

from pathlib import Path

import onnxruntime

from tenfold_runtime.conversion import weights
from tenfold_runtime.network import options as session_options

WEIGHTS = "weights.bin"
_SMALLEST = 1024  # bytes; smaller tensors stay in the graph


def freeze(graph: Path, *, prepack: bool = True) -> None:
    """Put the optimized graph in the graph's place, and its weights beside it.

    prepack: put the weights into the order in which they are used, which takes their size in memory.
    """
    before = weights.beside(graph)
    frozen = graph.with_name("frozen.onnx")
    options = session_options(threads=1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = str(frozen)
    for name, value in (
        ("optimized_model_external_initializers_file_name", WEIGHTS),
        ("optimized_model_external_initializers_min_size_in_bytes", str(_SMALLEST)),
        ("save_external_prepacked_constant_initializers", str(int(prepack))),
        ("disable_prepacking", str(int(not prepack))),
    ):
        options.add_session_config_entry(f"session.{name}", value)
    onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    frozen.replace(graph)
    for path in before:
        path.unlink()
