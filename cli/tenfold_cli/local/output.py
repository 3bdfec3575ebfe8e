"""What a runtime prints, passed on to our log line by line."""

import logging

log = logging.getLogger(__name__)

LONGEST = 2000

_LEVELS = logging.getLevelNamesMapping()
_TRACEBACK = "Traceback"


class Output:
    """Keeps the last line: of a process that died it is the best explanation there is."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._level = logging.INFO
        self._rest = b""
        self.last_line = ""

    def feed(self, data: bytes) -> None:
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LONGEST]
        for line in whole:
            self._tell(_text(line))

    def end(self) -> None:
        """Pass on what came after the last end of line."""
        self.feed(b"\n")

    def _tell(self, line: str) -> None:
        """Log under the level that the line begins with; without one it belongs to the line before."""
        word, _, rest = line.partition(" ")
        if word in _LEVELS:
            self._level, line = _LEVELS[word], rest
        elif word == _TRACEBACK:
            self._level = logging.ERROR
        if line:
            self.last_line = line
            log.log(self._level, "%s: %s", self._name, line)


def _text(line: bytes) -> str:
    """Give what a terminal would show in the end: a progress bar overwrites itself."""
    shown = line[:LONGEST].strip().rsplit(b"\r", 1)[-1].decode(errors="replace")
    return "".join(character for character in shown if character.isprintable())
