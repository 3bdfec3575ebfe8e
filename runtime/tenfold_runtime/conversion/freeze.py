"""The last step of a build: what ONNX Runtime would do to a graph at every load is done once.

The weights go into a file of their own, which a load maps into memory instead of reading it: a start is
faster, and what is never touched, as most rows of an embedding table, takes no memory.
"""

from pathlib import Path

import onnxruntime

from tenfold_runtime.network import options as session_options

WEIGHTS = "weights.bin"
_SMALLEST = 1024  # bytes; smaller tensors stay in the graph


def freeze(graph: Path) -> None:
    """Put the optimized graph in the graph's place, and its weights beside it."""
    frozen = graph.with_name("frozen.onnx")
    options = session_options(threads=1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = str(frozen)
    for name, value in (("file_name", WEIGHTS), ("min_size_in_bytes", str(_SMALLEST))):
        options.add_session_config_entry(f"session.optimized_model_external_initializers_{name}", value)
    onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    frozen.replace(graph)
