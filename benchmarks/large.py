"""TinyLlama-1.1B: converting it, and one stream over HTTP: Tenfold beside transformers' generate.

The weights are random, in bfloat16, 2.2 GB; in single precision, as the exact graph has them, they are
4.4 GB. The conversion runs in processes of its own, as in a pod; what they take is looked up while they run.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import decoders
import generation
import memory
import report
import servers
import uvloop

TOKENS, ROUNDS = 16, 3
PEER = "transformers generate"
OPTIMIZATION = {"quantization": "auto", "maxDrift": 1.0}  # random weights: the drift is told, not judged
GIB = 2**30


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        model = decoders.tinyllama(work / "tinyllama")
        rows = [converted(model, work), *compared(model, work)]
        print(generation.manifest(work))
    report.publish("large", "TinyLlama-1.1B, from its weights to its answers", rows)


def converted(model: Path, work: Path) -> report.Row:
    """Make the artifact; compare the memory that it took with the weights in single precision, twice."""
    resource = servers.resource(model, optimization=OPTIMIZATION)
    environment = {"TENFOLD_MODEL": resource, "TENFOLD_CACHE": str(work / "cache")}
    command = [sys.executable, "-m", "tenfold_runtime.prepare"]
    began = time.monotonic()
    with subprocess.Popen(
        command, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        peak = memory.peak(process)
    assert process.returncode == 0, "the conversion failed"
    size = 2 * (model / "model.safetensors").stat().st_size / GIB
    print(
        f"conversion: {time.monotonic() - began:.0f} s; weights in single precision: {size:.2f} GiB; "
        f"own memory at most {peak.own / GIB:.2f} GiB, with mapped files {peak.all / GIB:.2f} GiB"
    )
    ratio = round(2 * size * GIB / peak.own, 2)
    taken, twice = round(peak.own / GIB, 2), round(2 * size, 2)
    name = "the exact weights twice"
    return report.Row("converting, without mapped files", "GiB", taken, twice, name, ratio, 2.0)


def compared(model: Path, work: Path) -> list[report.Row]:
    prompt = decoders.prompts(1, 16, 16)
    with servers.tenfold(model, work, optimization=OPTIMIZATION) as ours:
        held = memory.taken(os.getpid())
        print(f"serving: {held.own / GIB:.2f} GiB, with mapped files {held.all / GIB:.2f} GiB")
        with generation.peer(model) as exact, generation.peer(model, "bfloat16") as half:
            measures = [
                lambda: uvloop.run(generation.streamed(ours, prompt, TOKENS)),
                lambda: generation.whole(exact, prompt[0], 1, TOKENS),
                lambda: generation.whole(half, prompt[0], 1, TOKENS),
            ]
            tenfold, *others = report.alternate(measures, ROUNDS)
    names = (f"{PEER}, float32", f"{PEER}, bfloat16")
    work_done = f"one stream of {TOKENS} tokens"
    return [
        generation.row(work_done, tenfold, other, name, 3.0)
        for other, name in zip(others, names, strict=True)
    ]


if __name__ == "__main__":
    main()
