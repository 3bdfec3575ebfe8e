"""BERT-base classification over HTTP: Tenfold beside transformers' pipeline behind Starlette."""

import tempfile
from pathlib import Path

import compare
import models
import report
import servers

PEER = "transformers pipeline"


def main() -> None:
    short = [{"inputs": text} for text in models.texts(64, 14, 14)]  # 16 tokens with the special ones
    mixed = [{"inputs": text} for text in models.texts(256, 6, 126)]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        model = models.bert_base_classifier(work / "bert-base")
        with (
            servers.tenfold(model, work) as ours,
            servers.transformers("text-classification", model) as theirs,
        ):
            rows = [
                compare.over_http(ours, theirs, PEER, "one caller, 16 tokens", "p50", short, 1, 5.0),
                compare.over_http(ours, theirs, PEER, "32 callers, 8 to 128 tokens", "rps", mixed, 32, 4.0),
            ]
    report.publish("classification", "BERT-base classification over HTTP", rows)


if __name__ == "__main__":
    main()
