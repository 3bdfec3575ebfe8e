"""Holding back text that may be the beginning of something that is not to be shown."""

from collections.abc import Sequence

from tenfold_runtime.generation.sequence import Piece


def overlap(text: str, mark: str) -> int:
    """Length of the longest beginning of `mark`, not all of it, that the text ends with."""
    lengths = range(min(len(mark) - 1, len(text)), 0, -1)
    return next((length for length in lengths if text.endswith(mark[:length])), 0)


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
        keep = max((overlap(self._text, stop) for stop in self._stops), default=0)
        end = len(self._text) - keep
        shown, self._text = self._text[:end], self._text[end:]
        return shown
