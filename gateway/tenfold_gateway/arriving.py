"""A replica's answer while it arrives: bytes in, an Answer filled. Knows nothing of sockets."""

from dataclasses import dataclass, field

import httptools

# Most bytes that an answer's head may have.
_MAX_HEAD = 64 * 1024


class NotHttp(Exception):
    """What arrived cannot be read as an answer."""


@dataclass(slots=True)
class Answer:
    """What has arrived of an answer."""

    wants_body: bool = True
    """Whether it may have a body: not one to HEAD."""
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Names in lower case."""
    begun: bool = False
    """The final status and all headers are here."""
    complete: bool = False
    keeps_connection: bool = False
    ends_with_connection: bool = False
    """Nothing else says where the body ends."""
    chunks: list[bytes] = field(default_factory=list)
    waiting: int = 0
    """Bytes in `chunks`."""

    def take(self) -> bytes:
        """Give what has arrived of the body since the last time."""
        taken = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        self.chunks.clear()
        self.waiting = 0
        return taken


class AnswerReader:
    """Reads the answers on one connection, one after the other. httptools calls the `on_` methods."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer = Answer(complete=True)
        self._heard = 0

    @property
    def has_heard(self) -> bool:
        """Whether a byte of the answer has arrived."""
        return self._heard > 0

    def expect(self, wants_body: bool) -> Answer:
        """Give the answer that will be filled next."""
        self._heard = 0
        self._answer = Answer(wants_body)
        return self._answer

    def feed(self, data: bytes) -> None:
        self._heard += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise NotHttp(str(error)) from None
        if self._heard > _MAX_HEAD and not self._answer.begun:
            raise NotHttp(f"its head is larger than {_MAX_HEAD} bytes")

    def end(self) -> None:
        """Note that the replica closed the connection in good order."""
        if self._answer.ends_with_connection:
            self._answer.complete = True

    def on_message_begin(self) -> None:
        if self._answer.complete:
            raise NotHttp("more than was asked for")
        self._answer.headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._answer.begun:  # else it is a trailer
            self._answer.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        answer, status = self._answer, self._parser.get_status_code()
        if status < 200:  # more is to come
            return
        answer.status, answer.begun = status, True
        answer.complete = not answer.wants_body
        answer.keeps_connection = answer.wants_body and self._parser.should_keep_alive()
        answer.ends_with_connection = not (answer.keeps_connection or _is_framed(answer))

    def on_body(self, chunk: bytes) -> None:
        if self._answer.wants_body:
            self._answer.chunks.append(chunk)
            self._answer.waiting += len(chunk)

    def on_message_complete(self) -> None:
        self._answer.complete = self._answer.begun


def _is_framed(answer: Answer) -> bool:
    return any(
        name == b"content-length" or (name == b"transfer-encoding" and b"chunked" in value.lower())
        for name, value in answer.headers
    )
