import pydantic
import pytest

from tenfold_operator.settings import ENV, CacheKind, Settings


def test_without_an_environment_everything_has_a_default():
    assert Settings.from_environment({}) == Settings()


def test_the_charts_values_are_read():
    text = '{"namespaces": ["a"], "runtime": {"image": "x:1", "cache": {"kind": "claim", "size": "5Gi"}}}'
    settings = Settings.from_environment({ENV: text})
    assert (settings.namespaces, settings.runtime.image) == (("a",), "x:1")
    assert settings.runtime.cache.kind is CacheKind.CLAIM


def test_what_an_older_release_s_values_lack_has_its_default():
    assert (
        Settings.from_environment({ENV: '{"workers": null, "scaling": {"windowSeconds": null}}'})
        == Settings()
    )


@pytest.mark.parametrize("text", ['{"nmaespaces": []}', '{"runtime": {"cache": {"kind": "ram"}}}', "no json"])
def test_a_mistake_ends_the_process_at_once(text):
    with pytest.raises((pydantic.ValidationError, ValueError)):
        Settings.from_environment({ENV: text})
