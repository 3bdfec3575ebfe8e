"""What a user would write: transformers' pipeline, or sentence-transformers, behind Starlette.

    python transformers_server.py TASK MODEL PORT

The network runs in one worker thread, so that the event loop stays free; torch uses every core.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def predictor(task: str, model: str) -> Callable[[Any], Any]:
    if task == "sentence-transformers":
        from sentence_transformers import SentenceTransformer

        encoder = SentenceTransformer(model, device="cpu")
        return lambda inputs: encoder.encode(inputs, show_progress_bar=False).tolist()
    from transformers import pipeline

    pipe = pipeline(task, model, device="cpu")
    return lambda inputs: pipe(inputs, top_k=None)


def create_app(task: str, model: str) -> Starlette:
    predict = predictor(task, model)
    worker = ThreadPoolExecutor(1)

    async def endpoint(request: Request) -> JSONResponse:
        inputs = (await request.json())["inputs"]
        return JSONResponse(await asyncio.get_running_loop().run_in_executor(worker, predict, inputs))

    return Starlette(routes=[Route("/", endpoint, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1], sys.argv[2]), port=int(sys.argv[3]), log_level="warning")
