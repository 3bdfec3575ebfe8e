"""T5-small summarizing over HTTP: Tenfold beside transformers' pipeline behind Starlette."""

import tempfile
from pathlib import Path

import compare
import models
import report
import servers

PEER = "transformers pipeline"
TASK = "summarization"


def main() -> None:
    bodies = [{"inputs": text} for text in models.texts(16, 100, 100)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [compared(Path(folder), beams, bodies) for beams in (1, 4)]
    report.publish("sequences", "T5-small summarizing over HTTP", rows)


def compared(work: Path, beams: int, bodies: list[dict[str, str]]) -> report.Row:
    model = models.t5_small(work / f"t5-{beams}", beams)
    said = f"100 words to {models.SUMMARY} tokens, " + ("the likeliest" if beams == 1 else f"{beams} beams")
    with servers.tenfold(model, work, task=TASK) as ours, servers.transformers(TASK, model) as theirs:
        return compare.over_http(ours, theirs, PEER, said, "p50", bodies, 1, 3.0)


if __name__ == "__main__":
    main()
