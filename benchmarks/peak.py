"""What the processor's int8 products come to where nothing else is asked of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from tenfold_runtime import network

ROWS, CHANNELS, OUTPUTS = 512, 768, 3072  # of the largest product in BERT-base, for 512 tokens
RUNS = 15


def int8(cores: int) -> float:
    """Give the int8 products a second, in billions: large matrices on each core, the best of several runs."""
    options = network.options(threads=1)
    session = onnxruntime.InferenceSession(_graph(), options, providers=["CPUExecutionProvider"])
    fed = {"activations": np.full((ROWS, CHANNELS), 3, np.uint8)}
    with ThreadPoolExecutor(cores) as threads:
        times = [_side_by_side(threads, cores, lambda: session.run(None, fed)) for _ in range(RUNS)]
    return cores * ROWS * CHANNELS * OUTPUTS / min(times) / 1e9


def _side_by_side(threads: ThreadPoolExecutor, count: int, work: Callable[[], object]) -> float:
    """Do the work in several threads at once; give how long all of it takes, in seconds."""
    began = time.perf_counter()
    wait([threads.submit(work) for _ in range(count)])
    return time.perf_counter() - began


def _graph() -> bytes:
    weights = numpy_helper.from_array(np.full((CHANNELS, OUTPUTS), 5, np.int8), "weights")
    taken = helper.make_tensor_value_info("activations", TensorProto.UINT8, [ROWS, CHANNELS])
    given = helper.make_tensor_value_info("sums", TensorProto.INT32, [ROWS, OUTPUTS])
    node = helper.make_node("MatMulInteger", ["activations", "weights"], ["sums"])
    graph = helper.make_graph([node], "product", [taken], [given], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return bytes(model.SerializeToString())
