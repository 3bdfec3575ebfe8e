"""What a user would write: transformers' generate behind Starlette, whole texts, one request after the other.

    python generate_server.py MODEL PORT [DTYPE]

Takes `{"inputs": text or list of texts of one length, "parameters": {"max_new_tokens": …}}`; a list is
generated as one batch. The network runs in one worker thread; torch uses every core.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from transformers import AutoModelForCausalLM, AutoTokenizer


def create_app(folder: str, dtype: str = "float32") -> Starlette:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    worker = ThreadPoolExecutor(1)

    @torch.inference_mode()
    def generate(inputs: Any, most: int) -> list[str]:
        encoded = tokenizer(inputs if isinstance(inputs, list) else [inputs], return_tensors="pt")
        ids = model.generate(**encoded, max_new_tokens=most, do_sample=False, pad_token_id=0)
        return list(tokenizer.batch_decode(ids))

    async def endpoint(request: Request) -> JSONResponse:
        body = await request.json()
        most = body.get("parameters", {}).get("max_new_tokens", 1)
        texts = await asyncio.get_running_loop().run_in_executor(worker, generate, body["inputs"], most)
        return JSONResponse([{"generated_text": text} for text in texts])

    return Starlette(routes=[Route("/", endpoint, methods=["POST"])])


if __name__ == "__main__":
    folder, port, *dtype = sys.argv[1:]
    uvicorn.run(create_app(folder, *dtype), port=int(port), log_level="warning")
