"""Where artifacts, downloads and measurements are kept between two starts."""

from collections.abc import Mapping
from pathlib import Path

from tenfold_api import names


def folder(environment: Mapping[str, str]) -> Path:
    """Give the cache folder: `TENFOLD_CACHE`, else `tenfold` where the XDG base directories have caches."""
    if own := environment.get(names.CACHE_ENV):
        return Path(own).expanduser().absolute()
    base = environment.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "tenfold"


def load_history(cache: Path) -> Path:
    return cache / "load-history.json"
