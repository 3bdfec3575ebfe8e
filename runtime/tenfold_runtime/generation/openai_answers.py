"""Answers in OpenAI's dialect: completions, chats, their chunks, and what they used."""

import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from tenfold_api.clients import (
    Client,
    reads_arguments_as_an_object,
    reads_chats_as_tgi_tells_them,
    reads_one_call_at_a_time,
)
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation.calls import PLAIN, Form, Part, Reader
from tenfold_runtime.generation.sampling import Chosen
from tenfold_runtime.generation.sequence import Finish, Piece, Text
from tenfold_runtime.generation.tokens import Tokens

DONE = b"data: [DONE]\n\n"
_FINISH = {Finish.LENGTH: "length", Finish.END: "stop", Finish.STOP: "stop"}


@dataclass(frozen=True)
class Writer:
    """Writes one answer, whole or in chunks, as a completion or as a chat."""

    kind: Literal["completion", "chat"]
    model: str
    tokens: Tokens
    client: Client
    logprobs: bool = False
    form: Form = PLAIN
    functions: Sequence[str] = ()
    """Those that the answer may call, in that form."""
    created: int = field(default_factory=lambda: int(time.time()))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def whole(self, texts: list[Text], echo: Sequence[str] = ()) -> dict[str, Any]:
        """Give the answer of finished texts. echo: what to put before each."""
        before = echo or [""] * len(texts)
        choices = [self._choice(*one) for one in zip(range(len(texts)), texts, before, strict=True)]
        name = "chat.completion" if self.kind == "chat" else "text_completion"
        return {**self._head(name), "choices": choices, "usage": usage(texts)}

    def reader(self) -> Reader:
        """Give what reads one answer."""
        return Reader(self.form, self.functions)

    def _choice(self, index: int, text: Text, before: str) -> dict[str, Any]:
        reader = self.reader()
        parts = reader.read(text.text_without_stop, text.finish)
        content = (
            {"message": self._message(parts)} if self.kind == "chat" else {"text": before + parts[0].text}
        )
        return {"index": index, **content, **self._ending(text.pieces, reason(text.finish, reader))}

    def _message(self, parts: list[Part]) -> dict[str, Any]:
        """Give the message that parts make."""
        text = "".join(part.text for part in parts if part.call is None)
        called = [part.call for part in parts if part.name is not None]
        if not called:
            return {"role": "assistant", "content": text}
        calls = [self._called([part for part in parts if part.call == call]) for call in called]
        return {"role": "assistant", "content": text or None, "tool_calls": calls}

    def _called(self, parts: list[Part]) -> dict[str, Any]:
        arguments: Any = "".join(part.text for part in parts)
        if reads_arguments_as_an_object(self.client):
            with suppress(orjson.JSONDecodeError):  # as where it was cut off
                arguments = orjson.loads(arguments)
        function = {"name": parts[0].name, "arguments": arguments}
        return {"id": self._call_id(parts[0]), "type": "function", "function": function}

    def _call_id(self, part: Part) -> str:
        return f"call_{self.id[:20]}{part.call:04}"

    def chunks(self, piece: Piece, parts: list[Part], reader: Reader, *, first: bool) -> bytes:
        """Give the chunks of a token and of the parts it makes certain; first: whether nothing came before.

        OpenAI's clients put deltas together: the role is told once, and the end of a chat in a chunk of
        its own. Hugging Face's are told both as text-generation-inference does: every chunk has a role,
        and the last one the end.
        """
        finish = reason(piece.finish, reader)
        if self.kind == "completion":
            return self._one({"text": parts[0].text}, [piece], finish)
        deltas = [self._delta(part) for part in parts] or [{}]
        role = {"role": "assistant"}
        if self._is_tgi:
            deltas = [role | delta for delta in deltas]
        elif first:
            deltas[0] = role | deltas[0]
        *others, last = deltas
        said = b"".join(self._one({"delta": delta}, [], None) for delta in others)
        if self._is_tgi or finish is None:
            return said + self._one({"delta": last}, [piece], finish)
        return said + self._one({"delta": last}, [piece], None) + self._end(finish)

    def _delta(self, part: Part) -> dict[str, Any]:
        if part.call is None:
            return {"content": part.text}
        function: dict[str, Any] = {"function": {"arguments": part.text}}
        if part.name is not None:
            named = {"name": part.name, "arguments": ""}
            function = {"id": self._call_id(part), "type": "function", "function": named}
        call = {"index": part.call, **function}
        return {"tool_calls": call if reads_one_call_at_a_time(self.client) else [call]}

    def _one(self, content: dict[str, Any], pieces: list[Piece], finish: str | None) -> bytes:
        return self._chunk([{"index": 0, **content, **self._ending(pieces, finish)}], None)

    def _end(self, finish: str) -> bytes:
        ending = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish}
        return self._chunk([ending], None)

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

    def _ending(self, pieces: list[Piece], finish: str | None) -> dict[str, Any]:
        how_likely = chat_logprobs if self.kind == "chat" else completion_logprobs
        return {
            "logprobs": how_likely(pieces, self.tokens) if self.logprobs else None,
            "finish_reason": finish,
        }

    def failure(self, error: RequestError) -> bytes:
        """Give the event that ends a stream which cannot go on."""
        return framed(error.as_hosted() if self._is_tgi else error.as_openai())


def reason(finish: Finish | None, reader: Reader) -> str | None:
    """Give why an answer ended, as OpenAI names it; None where it has not."""
    if finish is None:
        return None
    return "tool_calls" if finish is Finish.END and reader.calls else _FINISH[finish]


def usage(texts: list[Text]) -> dict[str, Any]:
    prompts = {id(text.prompt): text.prompt for text in texts}  # one may have several answers
    prompt = sum(map(len, prompts.values()))
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
