"""Where the cache is."""

from pathlib import Path

import pytest

from tenfold_cli.local import cache


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"TENFOLD_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/tenfold")),
        ({"XDG_CACHE_HOME": "not/absolute"}, Path.home() / ".cache/tenfold"),
        ({}, Path.home() / ".cache/tenfold"),
    ],
)
def test_the_cache_is_where_the_environment_says(environment, folder):
    assert cache.folder(environment) == folder
