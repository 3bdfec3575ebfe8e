"""Answers in text-generation-inference's shapes: one object a text, and one server-sent event a token."""

from typing import Any

import orjson

from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation.sampling import Chosen
from tenfold_runtime.generation.sequence import Piece, Text, Wish
from tenfold_runtime.generation.tokens import Tokens


def answer(text: Text, tokens: Tokens, before: str, *, details: bool, others: list[Text]) -> dict[str, Any]:
    """Give the object for a text. before: what is put before it. others: those that best_of passed over."""
    found: dict[str, Any] = {"generated_text": before + text.text}
    if details:
        found["details"] = _details(text, tokens)
        if others:
            found["details"]["best_of_sequences"] = [
                {"generated_text": before + other.text, **_details(other, tokens)} for other in others
            ]
    return found


def _details(text: Text, tokens: Tokens) -> dict[str, Any]:
    found: dict[str, Any] = {
        "finish_reason": text.finish,
        "generated_tokens": len(text.pieces),
        "seed": text.seed,
        "prefill": _prefill(text, tokens),
        "tokens": [_token(piece, tokens) for piece in text.pieces],
    }
    if any(piece.chosen.alternatives for piece in text.pieces):
        found["top_tokens"] = [_alternatives(piece.chosen, tokens) for piece in text.pieces]
    return found


def _prefill(text: Text, tokens: Tokens) -> list[dict[str, Any]]:
    """The prompt's tokens; nothing comes before the first, so it has no probability."""
    if not text.prompt_logprobs:
        return []
    logprobs = [None, *text.prompt_logprobs]
    return [
        {"id": token, "text": tokens.spelled(token), "logprob": logprob}
        for token, logprob in zip(text.prompt, logprobs, strict=True)
    ]


def _token(piece: Piece, tokens: Tokens) -> dict[str, Any]:
    chosen = piece.chosen
    special = chosen.id in tokens.special
    text = tokens.spelled(chosen.id) if special else piece.text
    return {"id": chosen.id, "text": text, "logprob": chosen.logprob, "special": special}


def _alternatives(chosen: Chosen, tokens: Tokens) -> list[dict[str, Any]]:
    return [
        {"id": token, "text": tokens.spelled(token), "logprob": logprob, "special": token in tokens.special}
        for token, logprob in chosen.alternatives
    ]


def event(index: int, piece: Piece, tokens: Tokens, last: dict[str, Any]) -> bytes:
    """Give a token's event. index: from 1 on. last: `generated_text` and `details`, once they are known."""
    content: dict[str, Any] = {"index": index, "token": _token(piece, tokens)}
    if piece.chosen.alternatives:
        content["top_tokens"] = _alternatives(piece.chosen, tokens)
    return _framed({**content, "generated_text": None, "details": None, **last})


def closing(text: Text, before: str, wish: Wish) -> dict[str, Any]:
    """Give what the last event tells."""
    details = {
        "finish_reason": text.finish,
        "generated_tokens": len(text.pieces),
        "seed": text.seed,
        "input_length": len(wish.prompt),
    }
    return {"generated_text": before + text.text, "details": details}


def failure(error: RequestError) -> bytes:
    """Give the event that ends a stream which cannot go on."""
    return _framed({"error": str(error), "error_type": error.error_type or "generation"})


def _framed(content: dict[str, Any]) -> bytes:
    return b"data:" + orjson.dumps(content) + b"\n\n"
