"""What the API server's answers mean to the operator."""

import kmock as mock
import pytest
from kubernetes.aio.client import ApiClient, Configuration

from tenfold_operator.cluster import ApiServer
from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.model import Key

pytestmark = pytest.mark.kmock(cls=mock.KubernetesScaffold)  # answers only what a test says

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "b", "uid": "u"}}


@pytest.fixture
async def cluster(kmock):
    configuration = Configuration(host=str(kmock.url).rstrip("/"))
    server = ApiServer(ApiClient(configuration))
    yield server
    await server.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (403, Refused),
        (422, Refused),
        (404, Gone),
        (409, ClusterError),
        (429, ClusterError),
        (500, ClusterError),
        (503, ClusterError),
    ],
)
async def test_an_answer_is_a_reason_to_give_up_or_to_try_again(kmock, cluster, status, error):
    kmock["patch"] << status << {"message": "the API server's own words"}
    with pytest.raises(error, match="own words"):
        await cluster.apply(SERVICE)


async def test_no_answer_is_a_reason_to_try_again():
    server = ApiServer(ApiClient(Configuration(host="http://127.0.0.1:1")))
    with pytest.raises(ClusterError):
        await server.apply(SERVICE)
    await server.close()


async def test_an_object_is_applied_as_ours(kmock, cluster):
    kmock["patch"] << {}
    await cluster.apply(SERVICE)
    (request,) = kmock["patch"]
    assert request.url.path == "/api/v1/namespaces/b/services/a"
    assert request.params == {"fieldManager": "tenfold", "force": "true"}
    assert request.headers["Content-Type"] == "application/apply-patch+yaml"


async def test_only_the_object_that_was_seen_is_deleted(kmock, cluster):
    kmock["delete"] << {}
    await cluster.delete(SERVICE)
    assert kmock["delete"][0].data["preconditions"] == {"uid": "u"}


async def test_what_is_gone_already_is_deleted(kmock, cluster):
    kmock["delete"] << 404 << {"message": "not found"}
    await cluster.delete(SERVICE)


async def test_the_status_of_another_model_of_that_name_is_left_alone(kmock, cluster):
    kmock["patch"] << 409 << {"message": "Precondition failed: UID in precondition: u"}
    with pytest.raises(Gone):
        await cluster.set_status(Key("b", "a"), "u", {"phase": "Ready"})
    assert kmock["patch"][0].data["metadata"]["uid"] == "u"
