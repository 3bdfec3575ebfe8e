"""The metric's API as an API server sees it: over TLS, on both sides with certificates."""

import base64
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

import front_proxy
from tenfold_operator.errors import ClusterError, Gone
from tenfold_operator.scaling import certificate
from tenfold_operator.scaling.application import MetricApi
from tenfold_operator.scaling.door import Door
from tenfold_operator.scaling.extension import Extension
from tenfold_operator.scaling.loads import Unknown
from tenfold_operator.scaling.permissions import Permissions

HOST = "tenfold-operator.tenfold.svc"
METRIC = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/models/inferencemodels.tenfold.dev/{}/concurrency"
ADMINISTRATOR = {"X-Remote-User": "admin", "X-Remote-Group": "system:masters"}


class Cluster:
    """An API server as far as an extension of it sees: its ConfigMap, its APIService, its reviews."""

    def __init__(self, authority):
        self.data = {"requestheader-client-ca-file": authority.pem}
        self.bundle = ""
        self.allowed = True
        self.merged = 0

    async def get(self, path, **_):
        if "configmaps" in path:
            return {"data": self.data}
        return {"spec": {"caBundle": self.bundle} if self.bundle else {}}

    async def merge(self, path, change):
        assert path.endswith("/apiservices/v1beta2.custom.metrics.k8s.io")
        self.bundle = change["spec"]["caBundle"]
        self.merged += 1

    async def ask(self, path, review):
        if self.allowed is None:
            raise ClusterError("the API server did not answer")
        return {"status": {"allowed": self.allowed}}


def measure(key):
    if key.name == "unknown":
        raise Unknown("no word within 15 s from the gateway at b")
    if key.name != "minilm":
        raise Gone(f"there is no InferenceModel {key}")
    return 13.5


class World:
    """A running extension, and its callers."""

    def __init__(self, folder):
        self.authority = front_proxy.Authority()
        self.cluster = Cluster(self.authority)
        self.client = self.authority.client(folder)
        self.now = datetime.now(UTC) - timedelta(days=61)
        api = MetricApi(Permissions(self.cluster), measure, 15.0)
        self.door = Door(api.application(), 0, "127.0.0.1")
        make = lambda now: certificate.certificate("tenfold-operator", "tenfold", now)  # noqa: E731
        self.extension = Extension(self.cluster, api, self.door, make, lambda: self.now)

    async def get(self, path, headers=ADMINISTRATOR, certificate=True):
        """Ask as an API server does: it knows the certificate from the APIService, and sends its own."""
        bundle = base64.b64decode(self.cluster.bundle).decode()
        context = front_proxy.connecting(bundle, self.client if certificate else None)
        url = f"https://127.0.0.1:{self.door.address[1]}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, ssl=context, server_hostname=HOST) as answer,
        ):
            return answer.status, await answer.json()


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path)
    await made.extension.look()
    yield made
    await made.door.close()


async def test_the_metric_of_a_model_is_told(world):
    status, found = await world.get(METRIC.format("minilm"))
    (item,) = found["items"]
    assert (status, found["kind"], found["apiVersion"]) == (
        200,
        "MetricValueList",
        "custom.metrics.k8s.io/v1beta2",
    )
    assert (item["value"], item["windowSeconds"], item["metric"]["name"]) == ("13500m", 15, "concurrency")
    assert item["describedObject"] == {
        "apiVersion": "tenfold.dev/v1alpha1",
        "kind": "InferenceModel",
        "namespace": "models",
        "name": "minilm",
    }


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/apis", "APIGroupList"),
        ("/apis/custom.metrics.k8s.io", "APIGroup"),
        ("/apis/custom.metrics.k8s.io/v1beta2", "APIResourceList"),
    ],
)
async def test_discovery_tells_what_there_is(world, path, kind):
    status, found = await world.get(path)
    assert (status, found["kind"]) == (200, kind)


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        (METRIC.format("another"), 404, "there is no InferenceModel models/another"),
        (METRIC.format("unknown"), 503, "no word within 15 s"),
        (METRIC.format("minilm") + "?labelSelector=a%3Db", 400, "labelSelector is not understood"),
        ("/apis/custom.metrics.k8s.io/v1beta1", 404, "Not Found"),
    ],
)
async def test_what_cannot_be_told_is_said_as_the_api_server_says_it(world, path, code, words):
    status, found = await world.get(path)
    assert (status, found["kind"], found["code"]) == (code, "Status", code)
    assert words in found["message"]


async def test_who_has_no_certificate_is_not_believed(world):
    status, found = await world.get("/apis", certificate=False)
    assert (status, found["reason"]) == (401, "Unauthorized")


async def test_a_certificate_of_another_authority_is_not_let_in(world, tmp_path):
    world.client = front_proxy.Authority().client(tmp_path, "stranger")
    with pytest.raises(aiohttp.ClientError):
        await world.get("/apis")


async def test_a_caller_without_the_right_is_refused(world):
    world.cluster.allowed = False
    status, found = await world.get(METRIC.format("minilm"), {"X-Remote-User": "jo"})
    assert (status, found["reason"]) == (403, "Forbidden")
    assert "'jo' may not get" in found["message"]


async def test_who_cannot_be_asked_about_waits(world):
    world.cluster.allowed = None
    assert (await world.get("/apis", {"X-Remote-User": "jo"}))[0] == 503


async def test_the_api_server_is_told_of_a_certificate_once(world):
    await world.extension.look()
    assert world.cluster.merged == 1


async def test_a_certificate_that_someone_took_out_is_put_back(world):
    world.cluster.bundle = ""
    await world.extension.look()
    assert (await world.get("/apis"))[0] == 200


async def test_a_certificate_is_replaced_before_it_ends(world):
    before = world.cluster.bundle
    world.now += timedelta(days=61)
    await world.extension.look()
    assert world.cluster.bundle != before
    assert (await world.get("/apis"))[0] == 200


async def test_a_new_front_proxy_authority_is_followed(world, tmp_path):
    authority = front_proxy.Authority()
    world.cluster.data = {"requestheader-client-ca-file": authority.pem}
    await world.extension.look()
    with pytest.raises(aiohttp.ClientError):
        await world.get("/apis")
    world.client = authority.client(tmp_path, "renewed")
    assert (await world.get("/apis"))[0] == 200


async def test_an_authority_that_cannot_be_read_changes_nothing(world):
    world.cluster.data = {"requestheader-client-ca-file": "nonsense"}
    with pytest.raises(ValueError, match="requestheader-client-ca-file cannot be read"):
        await world.extension.look()
    assert (await world.get("/apis"))[0] == 200
