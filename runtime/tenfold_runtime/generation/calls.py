"""How models write that they call functions, and the reading of it, whole or as it comes."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from tenfold_runtime.generation.held import overlap
from tenfold_runtime.generation.sequence import Finish

# Behind an answer that its author ended. No text has such a character.
_END = "\udc00"


@dataclass(frozen=True, slots=True)
class Form:
    """How a model writes a call: `before`, then JSON of the name and the arguments, then `after`."""

    mark: str = ""
    """What no text has that calls nothing; "" where a call is known by what the whole answer is."""
    before: str = ""
    """What a call begins with: the mark, and what follows it."""
    key: str = "arguments"
    """The arguments' key."""
    after: str = ""
    between: str = ""

    def head(self, name: str) -> str:
        """Give a call up to its arguments."""
        return f'{self.before}{{"name": {orjson.dumps(name).decode()}, "{self.key}": '

    @property
    def tail(self) -> str:
        """What comes behind the arguments."""
        return "}" + self.after


# As Qwen, SmolLM and those that follow Hermes are taught to.
TAGGED = Form("<tool_call>", "<tool_call>\n", after="\n</tool_call>", between="\n")
# As Llama is.
PARAMETERS = Form(key="parameters")
PLAIN = Form()
_OTHER_FORMS_OF_TAGS = ("<function=", "<arg_key>")


def form_of(template: str) -> Form:
    """Give the form that a chat template teaches."""
    if "<tool_call>" in template and not any(form in template for form in _OTHER_FORMS_OF_TAGS):
        return TAGGED
    return PARAMETERS if '"parameters": ' in template else PLAIN


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer: of its text, or of a call."""

    text: str = ""
    """Of the answer; of a call's arguments where `call` is a number."""
    call: int | None = None
    """Which call, from 0 on."""
    name: str | None = None
    """The function, in the first part of a call."""


class Reader:
    """Reads one answer, piece by piece: what is text in it, and what calls one of these functions."""

    def __init__(self, form: Form = PLAIN, names: Sequence[str] = ()) -> None:
        self._form = form
        self._heads = {form.head(name): name for name in names}
        self._tail = form.tail if form.after else form.tail + _END
        self._text = ""  # what is not read yet
        self._is_first = True
        self._call: int | None = None  # whose arguments are being read
        self.calls = 0

    def read(self, text: str, finish: Finish | None) -> list[Part]:
        """Give the parts that are certain once `text` came. finish: why the answer ended, once it has."""
        if not self._heads:
            return [Part(text)]
        self._text += text + (_END if finish is Finish.END else "")
        parts: list[Part] = []
        while (part := self._next(ended=finish is not None)) is not None:
            parts.append(part)
        return parts

    def _next(self, *, ended: bool) -> Part | None:
        """Read the next part; None where that takes more text."""
        if self._call is not None:
            return self._arguments(self._call, ended=ended)
        if self.calls:
            self._text = self._text.lstrip()
        begins = self._may_begin()
        if begins == 0:
            return self._head(ended=ended)
        shown = begins if begins is not None else len(self._text) - overlap(self._text, self._form.mark)
        return self._told(len(self._text) if ended and begins is None else shown)

    def _may_begin(self) -> int | None:
        """Where a call may begin."""
        if self._form.mark:
            found = self._text.find(self._form.mark)
            return None if found < 0 else found
        return 0 if self._is_first else None

    def _head(self, *, ended: bool) -> Part | None:
        """Read a call up to its arguments; or, where it is none, text."""
        for head, name in self._heads.items():
            if self._text.startswith(head):
                self._text, self._call = self._text[len(head) :], self.calls
                self.calls += 1
                return Part(call=self._call, name=name)
        if not ended and any(head.startswith(self._text) for head in self._heads):
            return None
        return self._told(len(self._text))

    def _told(self, end: int) -> Part | None:
        self._is_first = False
        text, self._text = self._text[:end], self._text[end:]
        text = text.removesuffix(_END)
        return Part(text) if text else None

    def _arguments(self, call: int, *, ended: bool) -> Part | None:
        end = self._text.find(self._tail)
        if end >= 0:
            arguments, self._text = self._text[:end], self._text[end + len(self._tail) :]
            self._call = None
            return Part(arguments, call)
        keep = 0 if ended else overlap(self._text, self._tail)
        end = len(self._text) - keep
        arguments, self._text = self._text[:end], self._text[end:]
        return Part(arguments, call) if arguments else None
