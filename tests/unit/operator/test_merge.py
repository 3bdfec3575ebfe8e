import pytest

from tenfold_operator.resources.merge import merged

BASE = {
    "containers": [{"name": "a", "image": "1", "args": ["x"], "env": [{"name": "E", "value": "1"}]}],
    "keep": 1,
}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({}, BASE),
        ({"new": 2}, {**BASE, "new": 2}),
        ({"keep": None}, {"containers": BASE["containers"]}),
        (
            {"containers": [{"name": "b"}]},
            {**BASE, "containers": [*BASE["containers"], {"name": "b"}]},
        ),
        (
            {"containers": [{"name": "a", "image": "2"}]},
            {**BASE, "containers": [{**BASE["containers"][0], "image": "2"}]},
        ),
        (
            {"containers": [{"name": "a", "args": ["y", "z"]}]},
            {**BASE, "containers": [{**BASE["containers"][0], "args": ["y", "z"]}]},
        ),
        (
            {"containers": [{"name": "a", "env": [{"name": "E", "value": "2"}]}]},
            {**BASE, "containers": [{**BASE["containers"][0], "env": [{"name": "E", "value": "2"}]}]},
        ),
        ({"containers": [{"name": "a", "$patch": "delete"}]}, {**BASE, "containers": []}),
        ({"$patch": "replace", "only": 1}, {"only": 1}),
    ],
    ids=["nothing", "field", "null", "element", "in element", "list", "nested", "delete", "replace"],
)
def test_an_override_is_laid_over(override, expected):
    assert merged(BASE, override) == expected


def test_the_base_stays_as_it_was():
    before = repr(BASE)
    merged(BASE, {"containers": [{"name": "a", "env": [{"name": "E", "$patch": "delete"}]}]})
    assert repr(BASE) == before
