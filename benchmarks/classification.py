"""BERT-base classification over HTTP: Tenfold beside transformers' pipeline behind Starlette.

Under load it is also told how much of the processor's int8 peak is used.
"""

import statistics
import tempfile
from pathlib import Path

import compare
import models
import peak
import report
import servers

from tenfold_runtime.settings import usable_cpus

PEER = "transformers pipeline"
LOADED = "32 callers, 8 to 128 tokens"

SPECIAL = 2  # tokens around every text
LAYERS, CHANNELS, INNER = 12, 768, 3072
LAYER = 4 * CHANNELS**2 + 2 * CHANNELS * INNER  # products of a token
PRODUCTS = (LAYERS - 1) * LAYER + 2 * CHANNELS**2  # the last layer makes keys and values of every token
LAST_PRODUCTS = LAYER - 2 * CHANNELS**2  # and the rest of one


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
                compare.over_http(ours, theirs, PEER, LOADED, "rps", mixed, 32, 4.0),
            ]
        rows.append(beside_peak(rows[-1].tenfold, [body["inputs"] for body in mixed]))
    report.publish("classification", "BERT-base classification over HTTP", rows)


def beside_peak(rate: float, texts: list[str]) -> report.Row:
    """Compare the int8 products of so many requests a second with what the processor does at most.

    A text's own tokens count, padding does not.
    """
    tokens = statistics.mean(len(text.split()) + SPECIAL for text in texts)
    done = rate * (tokens * PRODUCTS + LAST_PRODUCTS) / 1e9
    most = statistics.median(peak.int8(usable_cpus()) for _ in range(compare.ROUNDS))
    return report.Row(
        LOADED,
        "billion int8 products/s",
        round(done, 1),
        round(most, 1),
        "large products alone",
        round(done / most, 2),
        0.5,
    )


if __name__ == "__main__":
    main()
