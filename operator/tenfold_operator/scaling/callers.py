"""Who asks: the API server passes requests on with its own certificate, and names the caller in headers.

This is the request-header authentication of extension API servers. Nobody else is let in: the headers count
only on a connection whose certificate is of the cluster's front-proxy CA and, where it lists names, has one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from multidict import MultiMapping

CONFIG_PATH = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"

_ANONYMOUS = "system:anonymous"
_AUTHENTICATED = "system:authenticated"


class NotTrusted(Exception):
    """The caller is not the cluster's API server, or names nobody."""


@dataclass(frozen=True)
class User:
    """On whose behalf the API server asks."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Trust:
    """Whom the cluster says to believe."""

    authority: str
    """CA certificates of API servers, PEM."""
    allowed: tuple[str, ...] = ()
    """Common names of API servers; any when empty."""
    user_headers: tuple[str, ...] = ("X-Remote-User",)
    uid_headers: tuple[str, ...] = ("X-Remote-Uid",)
    group_headers: tuple[str, ...] = ("X-Remote-Group",)
    extra_prefixes: tuple[str, ...] = ("X-Remote-Extra-",)

    def caller(self, certificate: Mapping[str, Any] | None, headers: MultiMapping[str]) -> User:
        """Give the caller. `certificate` is what TLS has verified. Raises NotTrusted."""
        if not certificate:
            raise NotTrusted("only the cluster's API server may ask: there is no client certificate")
        if self.allowed and not set(self.allowed) & set(_common_names(certificate)):
            raise NotTrusted("the client certificate is of none of the names of requestheader-allowed-names")
        names = [name for header in self.user_headers for name in headers.getall(header, []) if name]
        if not names:
            raise NotTrusted(f"no caller is named in {' or '.join(self.user_headers)}")
        uids = [uid for header in self.uid_headers for uid in headers.getall(header, [])]
        groups = [group for header in self.group_headers for group in headers.getall(header, [])]
        return User(names[0], next(iter(uids), ""), _with_own(names[0], groups), self._extra(headers))

    def _extra(self, headers: MultiMapping[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = {}
        for header in headers:
            for prefix in self.extra_prefixes:
                if header.lower().startswith(prefix.lower()):
                    key = unquote(header[len(prefix) :].lower())
                    found[key] = tuple(headers.getall(header, []))
        return tuple(sorted(found.items()))


def _with_own(name: str, groups: list[str]) -> tuple[str, ...]:
    """Add the group of all that are known: the API server leaves it out when it asks for itself."""
    if name == _ANONYMOUS or _AUTHENTICATED in groups:
        return tuple(groups)
    return (*groups, _AUTHENTICATED)


def trust(config: Mapping[str, Any]) -> Trust:
    """Read the ConfigMap `extension-apiserver-authentication`. Raises ValueError when it names no CA."""
    data = config.get("data") or {}
    authority = data.get("requestheader-client-ca-file")
    if not authority:
        raise ValueError("the cluster has no aggregation layer: requestheader-client-ca-file is not set")
    given = {field: _names(data, f"requestheader-{name}") for field, name in _LISTS.items()}
    return Trust(authority, **{field: names for field, names in given.items() if names})


_LISTS = {
    "allowed": "allowed-names",
    "user_headers": "username-headers",
    "uid_headers": "uid-headers",
    "group_headers": "group-headers",
    "extra_prefixes": "extra-headers-prefix",
}


def _names(data: Mapping[str, str], key: str) -> tuple[str, ...]:
    return tuple(json.loads(data.get(key) or "[]"))


def _common_names(certificate: Mapping[str, Any]) -> list[str]:
    """Read what `ssl` tells of a certificate."""
    attributes = (attribute for part in certificate.get("subject", ()) for attribute in part)
    return [value for name, value in attributes if name == "commonName"]
