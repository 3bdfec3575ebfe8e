"""What the processor's int8 products come to where nothing else is asked of it."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from tenfold_runtime import network
from tenfold_runtime.conversion import quantize

ROWS, CHANNELS, OUTPUTS = 512, 768, 3072  # of the largest product in BERT-base, for 512 tokens
RUNS = 15


def int8(cores: int) -> float:
    """Give the int8 products a second, in billions: large matrices on each core, the best of several runs.

    They are of the kind that the build tries first on this processor.
    """
    with tempfile.TemporaryDirectory() as folder:
        session = _session(Path(folder))
    fed = {"x": np.random.default_rng(0).normal(size=(ROWS, CHANNELS)).astype(np.float32)}
    with ThreadPoolExecutor(cores) as threads:
        times = [_side_by_side(threads, cores, lambda: session.run(None, fed)) for _ in range(RUNS)]
    return cores * ROWS * CHANNELS * OUTPUTS / min(times) / 1e9


def _side_by_side(threads: ThreadPoolExecutor, count: int, work: Callable[[], object]) -> float:
    """Do the work in several threads at once; give how long all of it takes, in seconds."""
    began = time.perf_counter()
    wait([threads.submit(work) for _ in range(count)])
    return time.perf_counter() - began


def _session(folder: Path) -> onnxruntime.InferenceSession:
    weights = np.random.default_rng(1).normal(size=(CHANNELS, OUTPUTS)).astype(np.float32)
    node = helper.make_node("MatMul", ["x", "weights"], ["y"], name="product")
    taken = helper.make_tensor_value_info("x", TensorProto.FLOAT, [ROWS, CHANNELS])
    given = helper.make_tensor_value_info("y", TensorProto.FLOAT, [ROWS, OUTPUTS])
    tensor = numpy_helper.from_array(weights, "weights")
    graph = helper.make_graph([node], "product", [taken], [given], [tensor])
    exact, quantized = folder / "exact.onnx", folder / "quantized.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), exact)
    quantize.int8(exact, quantized, quantize.products()[0])
    return onnxruntime.InferenceSession(quantized, network.options(1), providers=["CPUExecutionProvider"])
