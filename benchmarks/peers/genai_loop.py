"""onnxruntime-genai alone, without a server: generates greedily as it is told, and says how long it took.

    python genai_loop.py MODEL WORK < batches.jsonl

MODEL is a folder with a decoder, WORK one for the graph that its builder makes of it, with int4 weights.
Each line of the input is [rows, prompt, tokens]; each line of the output the seconds that such a batch took.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime_genai

BLOCK = "int4_block_size=32"
PRODUCTS = "int4_accuracy_level=4"  # on int8 activations, as Tenfold's


def built(model: str, work: Path) -> onnxruntime_genai.Model:
    command = [
        sys.executable,
        "-m",
        "onnxruntime_genai.models.builder",
        "-i",
        model,
        "-o",
        str(work / "graph"),
    ]
    command += ["-p", "int4", "-e", "cpu", "-c", str(work / "cache"), "--extra_options", BLOCK, PRODUCTS]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return onnxruntime_genai.Model(str(work / "graph"))


def seconds(model: onnxruntime_genai.Model, rows: int, prompt: int, tokens: int) -> float:
    length = prompt + tokens
    began = time.perf_counter()
    parameters = onnxruntime_genai.GeneratorParams(model)
    parameters.set_search_options(batch_size=rows, max_length=length, min_length=length, do_sample=False)
    generator = onnxruntime_genai.Generator(model, parameters)
    generator.append_tokens(np.tile(np.arange(3, 3 + prompt, dtype=np.int32), (rows, 1)))
    made = 0
    while not generator.is_done():
        generator.generate_next_token()
        made += 1
    assert made == tokens, f"{made} tokens came"
    return time.perf_counter() - began


if __name__ == "__main__":
    loaded = built(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        print(json.dumps(seconds(loaded, *json.loads(line))), flush=True)
