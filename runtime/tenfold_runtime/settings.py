"""What a runtime is told from outside, read once when the process starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tenfold_api import names
from tenfold_api.inference_model import InferenceModel


@dataclass(frozen=True, slots=True)
class Settings:
    """The model to serve and where to keep what is made of it."""

    model: InferenceModel
    cache: Path
    threads: int
    hub: str | None = None
    """URL of the hub; None for the public one."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read `TENFOLD_MODEL` (JSON), `TENFOLD_CACHE` and, as huggingface_hub does, `HF_ENDPOINT`."""
        return cls(
            model=InferenceModel.model_validate_json(environment[names.MODEL_ENV]),
            cache=Path(environment.get(names.CACHE_ENV, "/var/cache/tenfold")),
            threads=usable_cpus(),
            hub=environment.get("HF_ENDPOINT"),
        )


def usable_cpus() -> int:
    """Count the CPUs that this process may use: its affinity, bounded by its cgroup's quota."""
    return max(1, min(len(os.sched_getaffinity(0)), int(_quota_v2() or _quota_v1() or 1_000_000)))


def _quota_v2(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    try:
        quota, period = (root / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        return None


def _quota_v1(root: Path = Path("/sys/fs/cgroup/cpu")) -> float | None:
    try:
        quota = int((root / "cpu.cfs_quota_us").read_text())
        return None if quota <= 0 else quota / int((root / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
