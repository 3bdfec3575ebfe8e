"""LitServe around sentence-transformers, batching as its documentation shows it.

python litserve_server.py MODEL PORT
"""

import sys
from typing import Any

import litserve


class Embeddings(litserve.LitAPI):
    """Embeds the `inputs` of up to 32 requests at once."""

    def __init__(self, model: str) -> None:
        super().__init__(max_batch_size=32, batch_timeout=0.005)
        self._model = model

    def setup(self, device: str) -> None:
        from sentence_transformers import SentenceTransformer

        self._encoder = SentenceTransformer(self._model, device="cpu")

    def decode_request(self, request: dict[str, Any]) -> Any:
        return request["inputs"]

    def predict(self, texts: list[str]) -> Any:
        return self._encoder.encode(texts, batch_size=32, show_progress_bar=False)

    def unbatch(self, output: Any) -> list[Any]:
        return list(output)

    def encode_response(self, output: Any) -> Any:
        return output.tolist()


if __name__ == "__main__":
    server = litserve.LitServer(Embeddings(sys.argv[1]), accelerator="cpu", api_path="/")
    server.run(port=int(sys.argv[2]), generate_client_file=False, log_level="warning")
