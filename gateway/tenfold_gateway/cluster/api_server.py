"""The API server, through kubernetes.aio: what the gateway reads there, and the one thing that it writes."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
from kubernetes.aio.client import ApiClient

_JSON = "application/json"
_MERGE = "application/merge-patch+json"
_TIMEOUT = 10.0
# Added to the time that the server was asked to keep a watch open.
_GRACE = 10.0


class ApiError(Exception):
    """The API server did not answer, or did not do what was asked."""


class Refused(ApiError):
    """It answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the API server answered {status}: {message}")
        self.status = status


class Conflict(Refused):
    """The object has changed since it was read."""


class Missing(Refused):
    """There is no such object, or no such resource."""


_ERRORS: dict[int, type[Refused]] = {404: Missing, 409: Conflict}


class ApiServer:
    """Requests to one API server. All of them raise ApiError."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def get(self, path: str, **query: str) -> Any:
        return json.loads(await self._answer(await self._send("GET", path, query=query)))

    async def merge(self, path: str, change: Mapping[str, Any]) -> None:
        """Apply a JSON merge patch."""
        await self._answer(await self._send("PATCH", path, change))

    async def watch(self, path: str, seconds: int, **query: str) -> AsyncIterator[Any]:
        """Give events until the server ends the watch, or is silent beyond the time that it was given."""
        asked = {**query, "watch": "true", "timeoutSeconds": str(seconds)}
        response = await self._send("GET", path, query=asked, within=seconds + _GRACE)
        try:
            if response.status >= 400:
                raise _refusal(response.status, await response.read())
            async for line in _lines(response):
                yield json.loads(line)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error
        finally:
            response.close()

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        within: float = _TIMEOUT,
    ) -> aiohttp.ClientResponse:
        headers = {"Accept": _JSON, **({"Content-Type": _MERGE} if body is not None else {})}
        request = await self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            answer = await self._client.call_api(*request, _request_timeout=within)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error
        response: aiohttp.ClientResponse = answer.response
        return response

    async def _answer(self, response: aiohttp.ClientResponse) -> bytes:
        try:
            body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error
        if response.status >= 400:
            raise _refusal(response.status, body)
        return body


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Give whole lines. An object may be larger than what aiohttp takes for a line."""
    rest: list[bytes] = []
    async for chunk in response.content.iter_any():
        *whole, last = chunk.split(b"\n")
        for line in whole:
            yield b"".join((*rest, line))
            rest.clear()
        rest.append(last)


def _refusal(status: int, body: bytes) -> Refused:
    return _ERRORS.get(status, Refused)(status, _message(body))


def _message(body: bytes) -> str:
    """Give the API server's own sentence."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def _unreachable(error: Exception) -> ApiError:
    return ApiError(f"the API server did not answer: {type(error).__name__} {error}".rstrip())
