"""Answers in OpenAI's dialect: completions, chats, their chunks, and what they used."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from tenfold_api.clients import Client, reads_chats_as_tgi_tells_them
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation.sampling import Chosen
from tenfold_runtime.generation.sequence import Finish, Piece, Text
from tenfold_runtime.generation.tokens import Tokens

DONE = b"data: [DONE]\n\n"
_FINISH = {Finish.LENGTH: "length", Finish.END: "stop", Finish.STOP: "stop"}


class Held:
    """Holds back text that may be the beginning of a stop string, which OpenAI's answers leave out."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._text = ""

    def released(self, piece: Piece) -> str:
        """Give the text that is safe to show once `piece` came."""
        self._text += piece.text
        if piece.finish is not None:
            return self._text.removesuffix(piece.stopped_by or "")
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        end = len(self._text) - keep
        shown, self._text = self._text[:end], self._text[end:]
        return shown

    def _overlap(self, stop: str) -> int:
        """Length of the longest beginning of `stop` that the text ends with."""
        lengths = range(min(len(stop) - 1, len(self._text)), 0, -1)
        return next((length for length in lengths if self._text.endswith(stop[:length])), 0)


@dataclass(frozen=True)
class Writer:
    """Writes one answer, whole or in chunks, as a completion or as a chat."""

    kind: Literal["completion", "chat"]
    model: str
    tokens: Tokens
    client: Client
    logprobs: bool = False
    created: int = field(default_factory=lambda: int(time.time()))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def whole(self, texts: list[Text], echo: Sequence[str] = ()) -> dict[str, Any]:
        """Give the answer of finished texts. echo: what to put before each."""
        before = echo or [""] * len(texts)
        choices = [self._choice(*one) for one in zip(range(len(texts)), texts, before, strict=True)]
        name = "chat.completion" if self.kind == "chat" else "text_completion"
        return {**self._head(name), "choices": choices, "usage": usage(texts)}

    def _choice(self, index: int, text: Text, before: str) -> dict[str, Any]:
        shown = before + text.text_without_stop
        content = (
            {"message": {"role": "assistant", "content": shown}} if self.kind == "chat" else {"text": shown}
        )
        return {"index": index, **content, **self._ending(text.pieces, text.finish)}

    def chunk(self, piece: Piece, shown: str, *, first: bool) -> bytes:
        """Give the chunk of a token; first: whether nothing came before.

        OpenAI's clients put deltas together: the role is told once, and the end of a chat in a chunk of
        its own. Hugging Face's are told both as text-generation-inference does: every chunk has a role
        and a text, the last one too.
        """
        if self.kind == "completion":
            return self._one({"text": shown}, [piece], piece.finish)
        if self._is_tgi:
            return self._one({"delta": {"role": "assistant", "content": shown}}, [piece], piece.finish)
        role = {"role": "assistant"} if first else {}
        said = self._one({"delta": {**role, "content": shown}}, [piece], None)
        return said if piece.finish is None else said + self._end(piece.finish)

    def _one(self, content: dict[str, Any], pieces: list[Piece], finish: Finish | None) -> bytes:
        return self._chunk([{"index": 0, **content, **self._ending(pieces, finish)}], None)

    def _end(self, finish: Finish) -> bytes:
        return self._chunk(
            [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": _FINISH[finish]}], None
        )

    @property
    def _is_tgi(self) -> bool:
        return reads_chats_as_tgi_tells_them(self.client)

    def usage_chunk(self, text: Text) -> bytes:
        """Give the chunk that only tells what was used."""
        return self._chunk([], usage([text]))

    def _chunk(self, choices: list[dict[str, Any]], used: dict[str, Any] | None) -> bytes:
        name = "chat.completion.chunk" if self.kind == "chat" else "text_completion"
        return framed({**self._head(name), "choices": choices, "usage": used})

    def _head(self, name: str) -> dict[str, Any]:
        prefix = "chatcmpl" if self.kind == "chat" else "cmpl"
        return {
            "id": f"{prefix}-{self.id}",
            "object": name,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": "tenfold",
        }

    def _ending(self, pieces: list[Piece], finish: Finish | None) -> dict[str, Any]:
        how_likely = chat_logprobs if self.kind == "chat" else completion_logprobs
        return {
            "logprobs": how_likely(pieces, self.tokens) if self.logprobs else None,
            "finish_reason": None if finish is None else _FINISH[finish],
        }

    def failure(self, error: RequestError) -> bytes:
        """Give the event that ends a stream which cannot go on."""
        return framed(error.as_hosted() if self._is_tgi else error.as_openai())


def usage(texts: list[Text]) -> dict[str, Any]:
    prompt = sum(len(text.prompt) for text in texts)
    new = sum(len(text.pieces) for text in texts)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": new,
        "total_tokens": prompt + new,
        "prompt_tokens_details": {"cached_tokens": sum(text.reused for text in texts)},
    }


def chat_logprobs(pieces: list[Piece], tokens: Tokens) -> dict[str, Any]:
    return {"content": [_likely(piece.chosen, tokens) for piece in pieces], "refusal": None}


def _likely(chosen: Chosen, tokens: Tokens) -> dict[str, Any]:
    others = [_one(token, logprob, tokens) for token, logprob in chosen.alternatives]
    return {**_one(chosen.id, chosen.logprob, tokens), "top_logprobs": others}


def _one(token: int, logprob: float, tokens: Tokens) -> dict[str, Any]:
    spelled = tokens.spelled(token)
    return {"token": spelled, "logprob": logprob, "bytes": list(spelled.encode())}


def completion_logprobs(pieces: list[Piece], tokens: Tokens) -> dict[str, Any]:
    spelled = [tokens.spelled(piece.chosen.id) for piece in pieces]
    alternatives = [
        {tokens.spelled(token): logprob for token, logprob in piece.chosen.alternatives} for piece in pieces
    ]
    return {
        "tokens": spelled,
        "token_logprobs": [piece.chosen.logprob for piece in pieces],
        "top_logprobs": alternatives,
        "text_offset": [len("".join(spelled[:index])) for index in range(len(spelled))],
    }


def framed(content: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\n\n"
