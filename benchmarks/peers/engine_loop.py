"""A network alone, without a server: runs batches as it is told, and says how long they took.

    python engine_loop.py ENGINE MODEL < batches.jsonl

ENGINE is torch, torch.compile, bfloat16 or OpenVINO; MODEL a folder with a classifier. Each line of the input
is [sequences, tokens]; each line of the output the median of the seconds that such a batch took.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

import torch
from transformers import AutoModelForSequenceClassification

RUNS, WARM = 15, 3
MOST = 10.0  # seconds, after which a slow engine has run enough

Run = Callable[[torch.Tensor], object]


def made(engine: str, folder: str) -> Run:
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    if engine == "OpenVINO":
        return openvino(model)
    if engine == "bfloat16":
        model = model.bfloat16()
    called = torch.compile(model) if engine == "torch.compile" else model

    def run(ids: torch.Tensor) -> object:
        with torch.inference_mode():
            return called(ids, torch.ones_like(ids)).logits

    return run


def openvino(model: torch.nn.Module) -> Run:
    import openvino as ov

    example = torch.ones((1, 16), dtype=torch.int64)
    inputs = {"input_ids": example, "attention_mask": example}
    compiled = ov.compile_model(ov.convert_model(model, example_input=inputs), "CPU")
    return lambda ids: compiled({"input_ids": ids.numpy(), "attention_mask": torch.ones_like(ids).numpy()})


def seconds(run: Run, sequences: int, tokens: int) -> float:
    ids = torch.randint(1000, 20000, (sequences, tokens))
    times: list[float] = []
    while len(times) < WARM + RUNS and sum(times) < MOST:
        began = time.perf_counter()
        run(ids)
        times.append(time.perf_counter() - began)
    return statistics.median(times[WARM:] or times[-1:])


if __name__ == "__main__":
    chosen = made(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        print(json.dumps(seconds(chosen, *json.loads(line))), flush=True)
