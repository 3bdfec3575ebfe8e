"""Drift of the weights that `auto` chose, on texts that the choice never saw, beside the limit.

Drift is what the check measures too: the largest difference between answers with exact and with chosen
weights, of each text alone and of all together.
"""

import csv
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import artifacts
import decoders
import models
import numpy as np
import report

from tenfold_api.spec import Quantization
from tenfold_api.tasks import Task
from tenfold_runtime import facts
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import decoder_candidates, measure
from tenfold_runtime.conversion.job import Built
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.generation.decoder import Decoder
from tenfold_runtime.generation.tokens import Tokens
from tenfold_runtime.network import Network, Outputs
from tenfold_runtime.tokenizer import TextTokenizer

ROWS, POSITIONS = 8, 256
SENTIMENT = Path(__file__).parents[1] / "examples" / "sentiment"


def main() -> None:
    texts = held_out()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        measured = (
            ("MiniLM", Task.FEATURE_EXTRACTION, models.MINILM),
            ("the sentiment example", Task.TEXT_CLASSIFICATION, sentiment(work / "sentiment")),
            ("BERT-base", Task.TEXT_CLASSIFICATION, models.bert_base_classifier(work / "bert-base")),
            ("GPT-2", Task.TEXT_GENERATION, decoders.gpt2(work / "gpt2")),
        )
        rows = [row(name, model, task, texts, work) for name, task, model in measured]
    report.publish("drift", "Drift on held-out texts, beside the limit", list(filter(None, rows)))


def held_out() -> list[str]:
    with (SENTIMENT / "held_out.tsv").open(newline="") as file:
        return [line["sentence"] for line in csv.DictReader(file, delimiter="\t")]


def sentiment(folder: Path) -> Path:
    subprocess.run([sys.executable, str(SENTIMENT / "train.py"), str(folder)], check=True)
    return folder


def row(name: str, model: Path, task: Task, texts: Sequence[str], work: Path) -> report.Row | None:
    """Measure one model: exact weights beside those that `auto` takes; None where those are exact too."""
    exact, chosen = (work / f"{name}-{kind}" for kind in ("exact", "chosen"))
    built = artifacts.build(model, task, chosen)
    if built.form is Quantization.NONE:
        return None
    artifacts.build(model, task, exact, Quantization.NONE)
    drift = measure.drift(task, answered(task, exact, texts), answered(task, chosen, texts))
    work_done = f"{name}, {len(texts)} texts ({served(built)})"
    ratio = round(artifacts.LIMIT / drift, 2)
    return report.Row(work_done, "largest drift", round(drift, 4), artifacts.LIMIT, "maxDrift", ratio, 1.0)


def served(built: Built) -> str:
    """Say which weights were chosen, and how far they drifted in the check."""
    (chosen,) = [one for one in built.candidates if one.serves]
    return f"{chosen.name}, {chosen.drift:g} in the check"


def answered(task: Task, artifact: Path, texts: Sequence[str]) -> list[Outputs]:
    if task is Task.TEXT_GENERATION:
        return decoded(artifact, texts)
    tokenizer = TextTokenizer(artifact / "tokenizer.json", facts.read(ModelFolder(artifact)))
    encodings = [tokenizer.encode(text, truncate=True) for text in texts]
    network = Network(artifact / GRAPH, artifacts.THREADS, frozen=True)
    return [network.run([encoding])[0] for encoding in encodings] + network.run(encodings)


def decoded(artifact: Path, texts: Sequence[str]) -> list[Outputs]:
    decoder = Decoder(artifact / GRAPH, artifacts.THREADS, ROWS, POSITIONS)
    decoder.cache.make_room(POSITIONS, ROWS)
    tokens = Tokens(artifact / "tokenizer.json")
    prompts = [np.array(tokens.encode(text)[:POSITIONS]) for text in texts]
    return [*decoder_candidates.alone(decoder, prompts), *decoder_candidates.together(decoder, prompts)]


if __name__ == "__main__":
    main()
