"""Which requests go straight to the door: those for a model, in any form of the path."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from tenfold_api import names
from tenfold_gateway.door import Door

_MODELS = "/models/"
# Paths of all models together. OpenAI's clients name the model in the body.
_NAMED_IN_BODY = frozenset(path for path in names.OTHER_DIALECTS if path.startswith("/v1/"))
# What Hugging Face's router puts before the paths; the names of tasks have no slash.
_LONG_FORM = re.compile(r"(/hf-inference)?(/models/|/pipeline/(?P<task>[^/]+)/)(?P<model>.*)", re.DOTALL)


class Front:
    """Parts the hot path from the rest, which a router may take its time with."""

    def __init__(self, door: Door, rest: ASGIApp) -> None:
        self._door = door
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(_MODELS):
            await self._door.serve(path[len(_MODELS) :], "", scope, receive, send)
        elif path in _NAMED_IN_BODY and scope["method"] == "POST":
            await self._door.serve_named(path, scope, receive, send)
        elif form := _LONG_FORM.fullmatch(path):
            await self._door.serve(form["model"], form["task"] or "", scope, receive, send)
        else:
            await self._rest(scope, receive, send)
