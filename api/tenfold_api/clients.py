"""Who calls, as far as the wire tells: client libraries differ in what they can read and cope with."""

import re
from dataclasses import dataclass
from functools import lru_cache

HUGGINGFACE_HUB = "huggingface_hub"
HUGGINGFACE_JS = "@huggingface/inference"

_PATTERNS = {
    HUGGINGFACE_HUB: re.compile(r"\bhf_hub/(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?"),
    HUGGINGFACE_JS: re.compile(r"@huggingface/inference/(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?"),
}


@dataclass(frozen=True, slots=True)
class Client:
    """A client library, its version and what it asks for; name "" where it is not one we know."""

    name: str = ""
    version: tuple[int, int, int] = (0, 0, 0)
    accept: str = "*/*"
    """Media types that it accepts, as its Accept header has them."""

    def is_at_least(self, name: str, *version: int) -> bool:
        return self.name == name and self.version >= version


@lru_cache(maxsize=1024)
def parse(user_agent: str, accept: str = "*/*") -> Client:
    """Recognise a client by its User-Agent header."""
    for name, pattern in _PATTERNS.items():
        if match := pattern.search(user_agent):
            major, minor, patch = (int(part or 0) for part in match.groups())
            return Client(name, (major, minor, patch), accept)
    return Client(accept=accept)


def cannot_wait(client: Client) -> bool:
    """Whether a 503 would hurt: huggingface_hub gives up at once, the JavaScript client never does."""
    return client.is_at_least(HUGGINGFACE_HUB, 0, 29) or client.is_at_least(HUGGINGFACE_JS, 3, 3)


def reads_chats_as_tgi_tells_them(client: Client) -> bool:
    """Whether OpenAI's paths are read as text-generation-inference answers them, an error as a text."""
    return client.name in (HUGGINGFACE_HUB, HUGGINGFACE_JS)


def reads_arguments_as_an_object(client: Client) -> bool:
    """Whether the arguments of a call are read as an object, not as JSON in a string."""
    return client.name == HUGGINGFACE_HUB and not client.is_at_least(HUGGINGFACE_HUB, 0, 31)


def reads_one_call_at_a_time(client: Client) -> bool:
    """Whether a chunk's `tool_calls` is read as one object, not as a list."""
    return client.name == HUGGINGFACE_HUB and not client.is_at_least(HUGGINGFACE_HUB, 0, 30)


def reads_tokens_in_a_batch(client: Client) -> bool:
    """Whether a text's vectors, one a token, are read as the only ones of a batch, as of old."""
    return client.name == HUGGINGFACE_HUB and not client.is_at_least(HUGGINGFACE_HUB, 0, 29)


def reads_every_field(client: Client) -> bool:
    """Whether fields that a model cannot tell must be there all the same; also for who is unknown."""
    return client.name != HUGGINGFACE_HUB


def reads_one_answer(client: Client) -> bool:
    """Whether the only answer to a list of one is read without the list: zero-shot in JavaScript."""
    return client.is_at_least(HUGGINGFACE_JS, 4)


def reads_one_text(client: Client) -> bool:
    """Whether image-to-text is read as an object, not as a list with one in it."""
    return client.is_at_least(HUGGINGFACE_JS, 4, 13, 14)


def reads_listed_labels(client: Client) -> bool:
    """Whether zero-shot labels are read as a list of objects, not as the classic object of lists."""
    return client.is_at_least(HUGGINGFACE_HUB, 1, 1, 5)
