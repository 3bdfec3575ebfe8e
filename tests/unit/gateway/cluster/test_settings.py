"""Settings of a gateway in a cluster come from one JSON object."""

import pytest

from tenfold_gateway.cluster.settings import ENV, ClusterSettings
from tenfold_gateway.settings import ColdStart, Settings


def test_without_a_word_every_setting_has_its_default():
    settings = ClusterSettings.from_environment({})
    assert settings.namespaces == ()
    assert settings.hold_timeout == Settings().hold_timeout


def test_fields_are_in_camel_case():
    chosen = '{"coldStart": "never", "holdTimeout": 5, "namespaces": ["a"], "port": 1}'
    settings = ClusterSettings.from_environment({ENV: chosen})
    assert (settings.cold_start, settings.hold_timeout) == (ColdStart.NEVER, 5.0)
    assert (settings.namespaces, settings.port) == (("a",), 1)


@pytest.mark.parametrize("wrong", ['{"holdTime": 5}', '{"port": 70000}', '{"watchSeconds": 0}', "[]", "{"])
def test_a_wrong_field_is_refused(wrong):
    with pytest.raises(ValueError, match=r"validation error|Expecting"):
        ClusterSettings.from_environment({ENV: wrong})


def test_what_an_older_release_s_values_lack_has_its_default():
    settings = ClusterSettings.from_environment({ENV: '{"watchSeconds": null}'})
    assert settings == ClusterSettings()
