"""Operators of our own for ONNX Runtime, in C, for processors with AVX2 or more.

`PerTokenQuantizeMatMul` multiplies activations with int8 weights; `PaddedAttention` is attention over what it
gives; `PerTokenEncoderLayer` is all of a layer, and `TokenEmbeddings` what comes before the first;
`CachedAttention` is a decoder's attention over its cache. Each has a file that says what its inputs are, as
product_operator.c, and one that computes, as product.c. The install compiles them where they can run, for
each of TARGETS. docs/decisions/0023 to 0025 tell why they are there.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold_runtime import processor

if TYPE_CHECKING:  # a runtime that serves on torch asks what is available, and has no use for it
    import onnxruntime

DOMAIN = "tenfold"


@dataclass(frozen=True, slots=True)
class Target:
    """Processors that the operators are compiled for, and how weights lie for them: see product.h."""

    name: str
    flags: frozenset[str]
    """What these processors have, as Linux names it."""
    panel: int
    """Columns whose weights lie together."""
    levels: int
    """The largest quantized activation."""

    @property
    def library(self) -> Path:
        return Path(__file__).with_name(f"libtenfold_operators_{self.name}.so")

    def runs(self) -> bool:
        """Whether this processor is one of them."""
        return self.flags <= _flags()


_AVX2 = frozenset({"avx2", "f16c", "fma"})
_AVX512 = frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"})

AVX2 = Target("avx2", _AVX2, panel=8, levels=127)
AVX_VNNI = Target("avxvnni", _AVX2 | {"avx_vnni"}, panel=24, levels=255)
AVX512_VNNI = Target("avx512", _AVX2 | _AVX512, panel=48, levels=255)
TARGETS = (AVX512_VNNI, AVX_VNNI, AVX2)  # the best first


@cache
def _flags() -> frozenset[str]:
    """Name what this processor has."""
    return frozenset((processor.told("flags") or "").split())


@cache
def target() -> Target | None:
    """Give the best target that this processor is of; None where there are no operators for it."""
    return next((one for one in TARGETS if one.runs() and one.library.exists()), None)


def available() -> bool:
    """Whether there are operators for this processor."""
    return target() is not None


def register(options: "onnxruntime.SessionOptions") -> None:
    """Make the operators known to the sessions made with these options, where there are any."""
    if (found := target()) is not None:
        options.register_custom_ops_library(str(found.library))
