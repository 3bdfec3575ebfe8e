"""What a user would write: transformers' generate behind Starlette, whole texts, one request after the other.

    python generate_server.py MODEL PORT [ENGINE]

ENGINE is float32 or bfloat16, which torch runs, or optimum: its loop on ONNX Runtime, with int8 weights.
Takes `{"inputs": text or list of texts of one length, "parameters": {"max_new_tokens": …}}`; a list is
generated as one batch. The network runs in one worker thread; torch uses every core.
"""

import asyncio
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from transformers import AutoModelForCausalLM, AutoTokenizer


def loaded(folder: str, engine: str) -> Any:
    if engine != "optimum":
        return AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, engine)).eval()
    from optimum.onnxruntime import AutoQuantizationConfig, ORTModelForCausalLM, ORTQuantizer

    with tempfile.TemporaryDirectory() as made:
        ORTModelForCausalLM.from_pretrained(folder, export=True).save_pretrained(made)
        int8 = AutoQuantizationConfig.avx512_vnni(is_static=False, per_channel=True)
        ORTQuantizer.from_pretrained(made).quantize(quantization_config=int8, save_dir=made)
        return ORTModelForCausalLM.from_pretrained(made, file_name="model_quantized.onnx")


def create_app(folder: str, engine: str = "float32") -> Starlette:
    model = loaded(folder, engine)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    worker = ThreadPoolExecutor(1)

    @torch.inference_mode()
    def generate(inputs: Any, most: int) -> list[str]:
        texts = inputs if isinstance(inputs, list) else [inputs]
        encoded = tokenizer(texts, return_tensors="pt", return_token_type_ids=False)
        ids = model.generate(**encoded, max_new_tokens=most, do_sample=False, pad_token_id=0)
        return list(tokenizer.batch_decode(ids))

    async def endpoint(request: Request) -> JSONResponse:
        body = await request.json()
        most = body.get("parameters", {}).get("max_new_tokens", 1)
        texts = await asyncio.get_running_loop().run_in_executor(worker, generate, body["inputs"], most)
        return JSONResponse([{"generated_text": text} for text in texts])

    return Starlette(routes=[Route("/", endpoint, methods=["POST"])])


if __name__ == "__main__":
    folder, port, *engine = sys.argv[1:]
    uvicorn.run(create_app(folder, *engine), port=int(port), log_level="warning")
