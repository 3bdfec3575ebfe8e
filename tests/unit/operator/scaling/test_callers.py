"""Whom the operator believes when it is told who asks."""

import json

import pytest
from multidict import CIMultiDict

from tenfold_operator.scaling import callers
from tenfold_operator.scaling.callers import NotTrusted, Trust, User

PROXY = {"subject": ((("organizationName", "k8s"),), (("commonName", "front-proxy-client"),))}


def headers(**named):
    pairs = {name.replace("_", "-"): value for name, value in named.items()}
    return CIMultiDict(
        [
            (name, each)
            for name, value in pairs.items()
            for each in (value if isinstance(value, list) else [value])
        ]
    )


def test_the_caller_is_whom_the_headers_name():
    asked = headers(
        x_remote_user="jo", x_remote_uid="7", x_remote_group=["a", "b"], X_Remote_Extra_Scopes="s"
    )
    assert Trust("ca").caller(PROXY, asked) == User(
        "jo", "7", ("a", "b", "system:authenticated"), (("scopes", ("s",)),)
    )


def test_nobody_in_particular_is_in_no_group_of_the_authenticated():
    assert Trust("ca").caller(PROXY, headers(x_remote_user="system:anonymous")).groups == ()


def test_the_key_of_an_extra_is_decoded():
    asked = headers(**{"X-Remote-User": "jo", "X-Remote-Extra-Example.org%2fscopes": ["a", "b"]})
    assert Trust("ca").caller(PROXY, asked).extra == (("example.org/scopes", ("a", "b")),)


@pytest.mark.parametrize("certificate", [None, {}])
def test_headers_without_a_certificate_count_for_nothing(certificate):
    with pytest.raises(NotTrusted, match="no client certificate"):
        Trust("ca").caller(certificate, headers(x_remote_user="system:admin"))


def test_a_certificate_of_another_name_counts_for_nothing():
    trust = Trust("ca", allowed=("another",))
    with pytest.raises(NotTrusted, match="requestheader-allowed-names"):
        trust.caller(PROXY, headers(x_remote_user="jo"))


def test_a_certificate_of_one_of_the_names_counts():
    assert Trust("ca", allowed=("x", "front-proxy-client")).caller(PROXY, headers(x_remote_user="jo"))


@pytest.mark.parametrize("asked", [{}, {"x_remote_user": ""}, {"x_remote_group": "system:masters"}])
def test_a_request_of_nobody_is_refused(asked):
    with pytest.raises(NotTrusted, match="X-Remote-User"):
        Trust("ca").caller(PROXY, headers(**asked))


def test_the_cluster_may_choose_other_headers():
    data = {
        "requestheader-client-ca-file": "ca",
        "requestheader-allowed-names": json.dumps([]),
        "requestheader-username-headers": json.dumps(["X-User"]),
        "requestheader-group-headers": json.dumps(["X-Group"]),
        "requestheader-extra-headers-prefix": json.dumps(["X-Extra-"]),
    }
    trust = callers.trust({"data": data})
    caller = trust.caller(PROXY, headers(x_user="jo", x_group="a", x_extra_b="c", x_remote_user="eve"))
    assert caller == User("jo", "", ("a", "system:authenticated"), (("b", ("c",)),))


@pytest.mark.parametrize("config", [{}, {"data": None}, {"data": {"client-ca-file": "ca"}}])
def test_a_cluster_without_aggregation_is_told_so(config):
    with pytest.raises(ValueError, match="requestheader-client-ca-file"):
        callers.trust(config)
