"""Compiles the runtime's operators into the wheel, or into the tree for an editable install."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("runtime/tenfold_runtime/operators")
SOURCES = (
    "attention.c", "attention_operator.c", "cached_attention.c", "cached_attention_operator.c",
    "embeddings.c", "embeddings_operator.c", "layer.c", "layer_operator.c", "look.c", "norm.c",
    "operators.c", "phases.c", "product.c", "product_inputs.c", "product_operator.c", "scratch.c",
    "sums_in_16_bits.c", "sums_in_32_bits.c",
)  # fmt: skip

# One compiler everywhere, and a C library as old as that of the manylinux2014 wheels.
COMPILER = "ziglang==0.17.1"
FLAGS = (
    "-O3", "-mavx2", "-mf16c", "-mfma", "-shared", "-fPIC", "-fvisibility=hidden", "-s", "-Wall", "-Wextra",
    "-Werror", "--target=x86_64-linux-gnu.2.17",
)  # fmt: skip

# What processors have beyond that, by the names that the package gives them.
TARGETS = {
    "avx2": (),
    "avxvnni": ("-mavxvnni",),
    "avx512": ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni"),
}


class Operators(BuildHookInterface):
    """Runs for x86-64 on Linux. Elsewhere the runtime does without operators of its own."""

    def dependencies(self) -> list[str]:
        return [COMPILER] if _supported() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or not _supported():
            return
        for target, flags in TARGETS.items():
            library = FOLDER / f"libtenfold_operators_{target}.so"
            self._compile(library, flags)
            build_data["artifacts"].append(f"/{library}")
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-manylinux_2_17_x86_64"

    def _compile(self, library: Path, flags: Sequence[str]) -> None:
        root = Path(self.root)
        sources = [str(root / FOLDER / name) for name in SOURCES]
        compiler = [sys.executable, "-m", "ziglang", "cc", *FLAGS, *flags]
        subprocess.run([*compiler, "-o", str(root / library), *sources], check=True)


def _supported() -> bool:
    return sys.platform == "linux" and platform.machine() == "x86_64"
