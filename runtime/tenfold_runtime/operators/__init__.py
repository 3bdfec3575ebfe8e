"""Operators of our own for ONNX Runtime, in C, for processors with AVX2; VNNI is used where AVX-512 has it.

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
    return LIBRARY.exists() and _has("avx2", "f16c", "fma")


@cache
def sum_bits() -> int:
    """Give the bits in which this processor best adds products: 32 or 16; 0 where there are no operators."""
    if not available():
        return 0
    return 32 if _has("avx512f", "avx512_vnni") else 16


def _has(*flags: str) -> bool:
    return set(flags) <= set((processor.told("flags") or "").split())


def register(options: "onnxruntime.SessionOptions") -> None:
    """Make the operators known to the sessions made with these options, where there are any."""
    if available():
        options.register_custom_ops_library(str(LIBRARY))
