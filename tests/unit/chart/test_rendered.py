"""What the chart makes of values, over the matrix of conftest.py."""

import json
from dataclasses import fields

import kubernetes_validate
import pytest
from pydantic.alias_generators import to_camel

import admission
import helm
from tenfold_api import crd
from tenfold_gateway.cluster.settings import ClusterSettings
from tenfold_operator.settings import Settings

KUBERNETES = ("1.30", "1.37")  # the oldest that the chart allows, and the newest that is known here
WITHOUT_SCHEMA = {
    "APIService",
    "CustomResourceDefinition",
    "HTTPRoute",
    "InferenceModel",
    "PodMonitor",
    "ServiceMonitor",
}


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_object_meets_kubernetes_own_schema(rendered, version):
    distinct = {json.dumps(each, sort_keys=True): each for objects in rendered.values() for each in objects}
    for each in distinct.values():
        if each["kind"] not in WITHOUT_SCHEMA:
            kubernetes_validate.validate(each, version, strict=True)


def test_no_two_objects_of_a_release_have_one_name(rendered):
    for objects in rendered.values():
        names = [
            (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects
        ]
        assert len(names) == len(set(names))


def test_every_pod_meets_the_restricted_profile(rendered):
    for pod in (pod for objects in rendered.values() for pod in pods(objects)):
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_selectors_find_the_pods_they_are_for(default):
    for component in ("operator", "gateway"):
        deployment = named(default, "Deployment", f"tenfold-{component}")
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert labels.items() >= deployment["spec"]["selector"]["matchLabels"].items()
        policy = named(default, "NetworkPolicy", f"tenfold-{component}")
        assert labels.items() >= policy["spec"]["podSelector"]["matchLabels"].items()
    service = named(default, "Service", "tenfold-gateway")
    assert labels.items() >= service["spec"]["selector"].items()


def test_the_pods_carry_the_names_that_the_models_network_policies_let_in(default):
    labels = [
        each["spec"]["template"]["metadata"]["labels"] for each in default if each["kind"] == "Deployment"
    ]
    names = {each["app.kubernetes.io/name"] for each in labels}
    assert names == {"tenfold-operator", "tenfold-gateway"}


def test_a_new_version_of_the_chart_alone_restarts_nothing(default):
    for each in default:
        if each["kind"] == "Deployment":
            assert "helm.sh/chart" not in each["spec"]["template"]["metadata"]["labels"]


def test_the_operator_reads_the_settings_that_the_chart_writes(rendered):
    for objects in rendered.values():
        settings = operator_settings(objects)
        assert settings.namespace == "tenfold"


def test_without_values_the_operator_has_its_own_defaults(default):
    settings = operator_settings(default)
    ours = {
        "url": settings.url,
        "runtime": settings.runtime.model_copy(update={"image": Settings().runtime.image}),
    }
    assert settings.model_copy(update=ours) == Settings(url=settings.url)


def test_values_reach_the_operator(rendered):
    settings = operator_settings(rendered["a cache that stays"])
    assert (settings.runtime.hub, settings.runtime.cache.storage_class) == ("https://hub.example", "fast")
    assert operator_settings(rendered["namespaced"]).namespaces == ("team-a", "team-b")
    assert operator_settings(rendered["observed"]).network_policy.scrapers


def test_without_values_the_gateway_has_its_own_defaults(default):
    assert read_by_gateway(default) == ClusterSettings()


def test_every_setting_of_a_gateway_but_its_address_is_a_value(default):
    known = {to_camel(field.name) for field in fields(ClusterSettings)}
    assert known - gateway_settings(default).keys() == {"host", "port"}


def test_a_gateway_listens_where_its_service_and_probes_look(default):
    (served,) = named(default, "Deployment", "tenfold-gateway")["spec"]["template"]["spec"]["containers"]
    assert [port["containerPort"] for port in served["ports"]] == [read_by_gateway(default).port]


def test_a_gateway_serves_the_namespaces_that_the_operator_looks_after(rendered):
    assert gateway_settings(rendered["namespaced"])["namespaces"] == ["team-a", "team-b"]


def test_a_gateway_ends_its_requests_within_the_grace_of_its_pod(default):
    pod = named(default, "Deployment", "tenfold-gateway")["spec"]["template"]["spec"]
    (served,) = pod["containers"]
    asleep = served["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert asleep + gateway_settings(default)["drainSeconds"] < pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize(
    ("release", "url"),
    [
        ("defaults", "http://tenfold-gateway.tenfold"),
        ("a node port", "http://tenfold-gateway.tenfold:8080"),
        ("an ingress", "https://models.example.org"),
        ("an http route", "https://models.example.org"),
    ],
)
def test_models_say_where_they_answer(rendered, release, url):
    assert operator_settings(rendered[release]).url == url


def test_images_are_named_by_registry_tag_and_digest(rendered):
    objects = rendered["a registry and digests"]
    assert image(objects, "operator") == f"registry.example/tenfold/tenfold-operator@sha256:{'0' * 64}"
    assert image(objects, "gateway") == "registry.example/tenfold/tenfold-gateway:1.2.4"
    assert operator_settings(objects).runtime.image == "registry.example/tenfold/tenfold-runtime:1.2.3"


def test_rights_hold_in_the_namespaces_that_are_looked_after_only(rendered):
    objects = rendered["namespaced"]
    everywhere = [each["metadata"]["name"] for each in objects if each["kind"] == "ClusterRoleBinding"]
    bound = {
        each["metadata"]["namespace"]
        for each in objects
        if each["kind"] == "RoleBinding" and each["roleRef"]["kind"] == "ClusterRole"
    }
    assert everywhere == ["tenfold-operator-api"]
    assert bound == {"team-a", "team-b"}


def test_without_the_metric_nothing_holds_in_the_whole_cluster_or_in_kube_system(rendered):
    objects = rendered["namespaced, scaled by others"]
    assert not [each for each in objects if each["kind"] in ("ClusterRoleBinding", "APIService")]
    assert not [each for each in objects if each["metadata"].get("namespace") == "kube-system"]


def test_the_api_server_finds_the_operator_by_the_name_that_its_certificate_has(default):
    (registered,) = (each for each in default if each["kind"] == "APIService")
    service, scaling = registered["spec"]["service"], operator_settings(default).scaling
    assert (service["name"], service["namespace"]) == (scaling.custom_metrics.service, "tenfold")
    (port,) = named(default, "Service", service["name"])["spec"]["ports"]
    pod = named(default, "Deployment", "tenfold-operator")["spec"]["template"]["spec"]
    ports = {each["name"]: each["containerPort"] for each in pod["containers"][0]["ports"]}
    assert (port["port"], ports[port["targetPort"]]) == (service["port"], scaling.custom_metrics.port)


def test_the_operator_asks_the_gateways_of_its_release(default):
    assert named(default, "Service", operator_settings(default).scaling.gateways)


def test_the_crd_is_kept_and_left_out_on_request(rendered):
    (installed,) = (each for each in rendered["defaults"] if each["kind"] == "CustomResourceDefinition")
    assert installed["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert "CustomResourceDefinition" not in {each["kind"] for each in rendered["nothing optional"]}


def test_the_autoscaler_alone_counts_the_gateways(rendered):
    deployment = named(rendered["autoscaled gateways"], "Deployment", "tenfold-gateway")
    assert "replicas" not in deployment["spec"]


def test_the_model_of_the_test_is_valid(default):
    schema = crd.custom_resource_definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    model = named(default, "InferenceModel", "tenfold-test")
    assert admission.refusals(schema, model) == []


def test_the_program_of_the_test_reaches_the_pod_whole(default):
    program = named(default, "Pod", "tenfold-test")["spec"]["containers"][0]["command"][2]
    assert program == (helm.CHART / "files" / "predict.py").read_text()


def test_a_route_without_a_gateway_is_refused():
    assert "httpRoute.parentRefs must name a Gateway" in helm.refusal({"httpRoute": {"enabled": True}})


def test_a_closed_gateway_still_lets_in_clients_scrapers_and_our_own(rendered):
    (rule,) = named(rendered["observed"], "NetworkPolicy", "tenfold-gateway")["spec"]["ingress"]
    pods_let_in = [each["podSelector"]["matchLabels"] for each in rule["from"] if "podSelector" in each]
    assert [each["app.kubernetes.io/name"] for each in pods_let_in] == ["tenfold-operator", "tenfold-test"]
    assert len(rule["from"]) == 4


def test_extra_objects_are_rendered(rendered):
    names = {each["metadata"]["name"] for each in rendered["extra objects"] if each["kind"] == "ConfigMap"}
    assert names == {"as-a-mapping", "of-tenfold"}


@pytest.mark.parametrize(
    ("values", "command"),
    [
        ({}, "kubectl port-forward --namespace tenfold service/tenfold-gateway 8080:80 &"),
        ({"gateway": {"service": {"port": 81}}}, "service/tenfold-gateway 8080:81 &"),
        ({"operator": {"url": "https://m.example"}}, "curl https://m.example/models/sentence-transformers/"),
        ({"operator": {"namespaces": ["team-a"]}}, "kubectl apply --namespace team-a"),
    ],
)
def test_the_notes_tell_the_next_command(values, command):
    arguments = ("tenfold", str(helm.CHART), "--namespace", "tenfold", "--dry-run=client")
    done = helm.run("install", *arguments, values=values)
    if "cluster unreachable" in done.stderr:
        pytest.skip("Helm 3 shows notes where there is a cluster only")
    assert command in done.stdout.partition("NOTES:")[2]


def test_helm_lint_finds_nothing():
    done = helm.run("lint", "--strict", str(helm.CHART))
    assert done.returncode == 0
    assert "[" not in done.stdout


def named(objects, kind, name):
    return next(each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name))


def pods(objects):
    for each in objects:
        if each["kind"] == "Deployment":
            yield each["spec"]["template"]["spec"]
        elif each["kind"] == "Pod":
            yield each["spec"]


def container(objects, component):
    deployment = named(objects, "Deployment", f"tenfold-{component}")
    return deployment["spec"]["template"]["spec"]["containers"][0]


def image(objects, component):
    return container(objects, component)["image"]


def operator_settings(objects):
    return Settings.from_environment(environment(objects, "operator"))


def gateway_settings(objects):
    return json.loads(environment(objects, "gateway")["TENFOLD_GATEWAY"])


def read_by_gateway(objects):
    return ClusterSettings.from_environment(environment(objects, "gateway"))


def environment(objects, component):
    return {each["name"]: each["value"] for each in container(objects, component)["env"]}
