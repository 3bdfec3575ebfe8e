"""Replies in a conversation, by a decoder: through its chat template, or with the turns one after another."""

from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.conversation import ReplyRequest, messages
from tenfold_runtime.generation.sequence import Wish
from tenfold_runtime.generation.tgi import NEW_TOKENS, TextGeneration


class Replies:
    """Makes wishes of ReplyRequests."""

    def __init__(
        self, author: Author, template: ChatTemplate | None, text_generation: TextGeneration
    ) -> None:
        self._author = author
        self._template = template
        self._text_generation = text_generation

    def wish(self, request: ReplyRequest) -> Wish:
        """Give the wish for the reply; where the conversation is too long, its oldest turns are left out."""
        asked = request.parameters
        room = self._author.facts.most_tokens - (asked.most or NEW_TOKENS)
        for turns in request.inputs.shortening():
            text = self._text(turns)
            if len(self._author.tokens.encode(text, add_special=False)) <= room:
                break
        prompt = self._author.prompt(text, truncate=asked.truncate, add_special=False)
        return self._text_generation.wish(prompt, asked, asked.most)

    def _text(self, turns: list[str]) -> str:
        if self._template is not None:
            return self._template.prompt(messages(turns))
        end = self._author.facts.special_tokens.get("eos_token", "\n")
        return "".join(turn + end for turn in turns)
