"""Operators of our own for ONNX Runtime, in C, for processors with AVX2 or more.

`PerTokenQuantizeMatMul` multiplies activations with int8 weights; `PaddedAttention` is attention over what it
gives; `PerTokenEncoderLayer` is all of a layer, and `TokenEmbeddings` what comes before the first;
`CachedAttention` is a decoder's attention over its cache. Each has a file that says what its inputs are, as
product_operator.c, and one that computes, as product.c. The install compiles them where they can run, for
each kind of processor. docs/decisions/0023 to 0025 tell why they are there.
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
class Kind:
    """A kind of processors, and how weights lie for it. As product.h has it."""

    name: str
    flags: frozenset[str]
    """What such a processor has, as Linux names it."""
    panel: int
    """Columns whose weights lie together."""
    levels: int
    """The largest quantized activation."""

    @property
    def library(self) -> Path:
        return Path(__file__).with_name(f"libtenfold_operators_{self.name}.so")

    def runs(self) -> bool:
        """Whether this processor has what those of the kind have."""
        return self.flags <= set((processor.told("flags") or "").split())


_AVX2 = frozenset({"avx2", "f16c", "fma"})
_AVX512 = frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"})

AVX2 = Kind("avx2", _AVX2, panel=8, levels=127)
AVX_VNNI = Kind("avxvnni", _AVX2 | {"avx_vnni"}, panel=24, levels=255)
AVX512_VNNI = Kind("avx512", _AVX2 | _AVX512, panel=48, levels=255)
KINDS = (AVX512_VNNI, AVX_VNNI, AVX2)  # the fastest first


@cache
def kind() -> Kind | None:
    """Give the fastest kind that this processor is of; None where no operators were compiled for it."""
    return next((one for one in KINDS if one.runs() and one.library.exists()), None)


def available() -> bool:
    """Whether there are operators for this processor."""
    return kind() is not None


def register(options: "onnxruntime.SessionOptions") -> None:
    """Make the operators known to the sessions made with these options, where there are any."""
    if (found := kind()) is not None:
        options.register_custom_ops_library(str(found.library))
