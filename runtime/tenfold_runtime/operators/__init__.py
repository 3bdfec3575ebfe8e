"""Operators of our own for ONNX Runtime, in C, for processors with AVX2 that it serves less well.

`PerTokenQuantizeMatMul` multiplies activations with int8 weights; `PaddedAttention` is attention over what it
gives; `PerTokenEncoderLayer` is all of a layer, and `TokenEmbeddings` what comes before the first;
`CachedAttention` is a decoder's attention over its cache. Each has a file that says what its inputs are, as
product_operator.c, and one that computes, as product.c. The install compiles them where they can run.
docs/decisions/0023 to 0025 tell why they are there.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold_runtime import processor

if TYPE_CHECKING:  # a runtime that serves on torch asks what is available, and has no use for it
    import onnxruntime

DOMAIN = "tenfold"
LIBRARY = Path(__file__).with_name("libtenfold_operators.so")


@cache
def available() -> bool:
    """Whether the operators were compiled, and run on this processor."""
    return LIBRARY.exists() and {"avx2", "f16c", "fma"} <= set((processor.told("flags") or "").split())


def register(options: "onnxruntime.SessionOptions") -> None:
    """Make the operators known to the sessions made with these options, where there are any."""
    if available():
        options.register_custom_ops_library(str(LIBRARY))
