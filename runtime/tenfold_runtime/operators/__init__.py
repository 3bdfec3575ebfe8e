"""Operators of our own for ONNX Runtime, in C, for processors with AVX2 that it serves less well.

`PerTokenQuantizeMatMul` multiplies activations with int8 weights. The install compiles it where it can run;
docs/decisions/0023 tells why it is there. operator.c says what its inputs are, product.c computes.
"""

from functools import cache
from pathlib import Path

import onnxruntime

DOMAIN = "tenfold"
LIBRARY = Path(__file__).with_name("libtenfold_operators.so")


@cache
def available() -> bool:
    """Whether the operators were compiled, and run on this processor."""
    return LIBRARY.exists() and {"avx2", "fma"} <= _processor()


def register(options: onnxruntime.SessionOptions) -> None:
    """Make the operators known to the sessions made with these options, where there are any."""
    if available():
        options.register_custom_ops_library(str(LIBRARY))


def _processor() -> set[str]:
    """Give the features of the processor, as Linux names them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())
