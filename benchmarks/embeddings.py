"""MiniLM embeddings over HTTP: Tenfold beside sentence-transformers behind Starlette."""

import tempfile
from pathlib import Path

import compare
import models
import report
import servers

PEER = "sentence-transformers"


def main() -> None:
    short = [{"inputs": text} for text in models.texts(64, 8, 8)]
    mixed = [{"inputs": text} for text in models.texts(256, 4, 60)]
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.tenfold(models.MINILM, Path(folder)) as ours,
        servers.runtime(models.MINILM, Path(folder)) as alone,
        servers.transformers("sentence-transformers", models.MINILM) as theirs,
    ):
        rows = [
            compare.over_http(ours, theirs, PEER, "one caller, 8 words", "p50", short, 1, 10.0),
            compare.over_http(alone, theirs, PEER, "the same without the gateway", "p50", short, 1, 10.0),
            compare.over_http(ours, theirs, PEER, "32 callers, 4 to 60 words", "rps", mixed, 32, 4.0),
            compare.over_http(ours, theirs, PEER, "64 callers, 8 words", "rps", short, 64, 12.0),
        ]
    report.publish("embeddings", "MiniLM embeddings over HTTP", rows)


if __name__ == "__main__":
    main()
