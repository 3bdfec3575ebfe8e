"""MiniLM embeddings over HTTP: Tenfold beside the servers that are made for it, infinity and LitServe.

Needs .venv-peers, which `make bench` sets up: benchmarks/peers/requirements.txt. infinity runs its torch
engine, and its optimum engine on the graph with int8 weights that it prefers on a CPU.
"""

import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

import compare
import models
import report
import servers

PYTHON = servers.HERE.parent / ".venv-peers" / "bin" / "python"
CALLERS = 32


def main() -> None:
    mixed = models.texts(256, 4, 60)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graphs = models.minilm_with_graphs(folder / "minilm")
        rows = [
            *beside(infinity(models.MINILM, "torch"), "infinity, torch", mixed, folder, 4.0),
            *beside(infinity(graphs, "optimum"), "infinity, optimum int8", mixed, folder, 1.5),
            *beside(litserve(models.MINILM), "LitServe", mixed, folder, 4.0),
        ]
    report.publish("embedders", "MiniLM embeddings beside other servers", rows)


def beside(
    peer: AbstractContextManager[str], name: str, texts: list[str], folder: Path, aim: float
) -> list[report.Row]:
    """Compare the requests a second, and the slowest hundredth of them. infinity speaks OpenAI's dialect."""
    openai = name.startswith("infinity")
    bodies = [{"model": "measured", "input": text} if openai else {"inputs": text} for text in texts]
    with servers.tenfold(models.MINILM, folder) as ours, peer as theirs:
        url = f"{ours}/v1/embeddings" if openai else ours
        tenfold, other = compare.taken(url, theirs, bodies, CALLERS)
    work = f"{CALLERS} callers, 4 to 60 words"
    return [
        report.row(work, "rps", tenfold, other, name, aim),
        report.row(f"{work}, slowest hundredth", "p99", tenfold, other, name, 1.0),
    ]


def infinity(model: Path, engine: str) -> AbstractContextManager[str]:
    """Run infinity in the model's folder: its optimum engine finds a graph by its name alone."""
    port = servers.free_port()
    options = ["--model-id", ".", "--served-model-name", "measured", "--engine", engine]
    command = [str(PYTHON.with_name("infinity_emb")), "v2", *options, "--device", "cpu", "--port", str(port)]
    url = f"http://127.0.0.1:{port}/embeddings"
    return servers.process([*command, "--no-bettertransformer"], url, folder=model)


def litserve(model: Path) -> AbstractContextManager[str]:
    port = servers.free_port()
    script = str(servers.HERE / "peers" / "litserve_server.py")
    return servers.process([str(PYTHON), script, str(model), str(port)], f"http://127.0.0.1:{port}/")


if __name__ == "__main__":
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing: `make bench` sets it up")
    main()
