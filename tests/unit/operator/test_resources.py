"""What single children say."""

import json

import pytest

from tenfold_api.inference_model import InferenceModel
from tenfold_operator import resources
from tenfold_operator.settings import Settings


def kinds(model, settings=None):
    return {child["kind"]: child for child in resources.children(model, settings or Settings())}


def container(model, settings=None):
    return kinds(model, settings)["Deployment"]["spec"]["template"]["spec"]["containers"][0]


def pod(model, settings=None):
    return kinds(model, settings)["Deployment"]["spec"]["template"]["spec"]


def environment(model, settings=None):
    return {
        each["name"]: each.get("value", each.get("valueFrom")) for each in container(model, settings)["env"]
    }


def test_the_least_model_has_four_children(make):
    assert set(kinds(make.model())) == {"ServiceAccount", "NetworkPolicy", "Service", "Deployment"}


def test_the_service_is_headless(make):
    assert kinds(make.model())["Service"]["spec"]["clusterIP"] == "None"


def test_a_replica_goes_only_when_another_is_ready(make):
    strategy = kinds(make.model())["Deployment"]["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxUnavailable": 0, "maxSurge": 1}


def test_the_deployment_has_the_replicas_of_the_scale(make):
    assert kinds(make.model(replicas=5))["Deployment"]["spec"]["replicas"] == 5


@pytest.mark.parametrize(
    "changed",
    [
        {"replicas": 4},
        {"autoscaling": {"maxReplicas": 4, "target": 2}},
        {"visibility": "private"},
    ],
    ids=lambda spec: next(iter(spec)),
)
def test_no_pod_is_replaced_for_what_it_does_not_act_on(make, changed):
    before, after = (kinds(model)["Deployment"]["spec"] for model in (make.model(), make.model(**changed)))
    assert before["template"] == after["template"]


def test_the_runtime_is_told_a_valid_model(make):
    told = environment(make.model(task="fill-mask", limits={"timeout": "5s"}))["TENFOLD_MODEL"]
    model = InferenceModel.model_validate_json(told)
    assert (model.model_id, model.spec.task, model.spec.limits.timeout) == (
        "sentence-transformers/all-MiniLM-L6-v2",
        "fill-mask",
        "5s",
    )


@pytest.mark.parametrize("source", [{"path": "/models/mine"}, {"pvc": {"claimName": "c"}}])
def test_a_volume_is_a_folder_to_the_runtime(make, source):
    model = make.model(modelId="mine", source=source)
    assert json.loads(environment(model)["TENFOLD_MODEL"])["spec"]["source"] == {"path": "/model"}


def test_the_models_files_are_mounted_to_be_read_only(make):
    model = make.model(modelId="mine", source={"pvc": {"claimName": "c", "path": "/mine/"}})
    mount = {"name": "model", "mountPath": "/model", "readOnly": True, "subPath": "mine"}
    assert mount in container(model)["volumeMounts"]


def test_the_token_comes_from_its_secret_and_nothing_else_names_it(make):
    model = make.model(source={"hub": {"repo": "a/b", "tokenSecretRef": {"name": "hub", "key": "read"}}})
    variables = environment(model)
    assert variables["HF_TOKEN"] == {"secretKeyRef": {"name": "hub", "key": "read"}}
    assert "hub" in json.loads(variables["TENFOLD_MODEL"])["spec"]["source"]
    assert "tokenSecretRef" not in variables["TENFOLD_MODEL"]


def test_a_variable_of_the_spec_overrides_ours(make):
    model = make.model(env=[{"name": "HOME", "value": "/home"}, {"name": "EXTRA", "value": "1"}])
    variables = environment(model)
    assert (variables["HOME"], variables["EXTRA"]) == ("/home", "1")


def test_starting_is_told_apart_from_being_ready(make):
    probes = container(make.model())
    paths = [probes[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")]
    assert paths == ["/healthz", "/healthz", "/readyz"]


def test_any_server_is_started_as_its_template_says(make):
    template = {"spec": {"containers": [{"name": "runtime", "args": ["--model", "gpt2"]}]}}
    custom = container(make.model(engine="custom", image="vllm:1", podTemplate=template))
    assert (custom["image"], custom["args"]) == ("vllm:1", ["--model", "gpt2"])
    assert custom["readinessProbe"]["httpGet"]["path"] == "/health"
    assert "TENFOLD_MODEL" not in {each["name"] for each in custom["env"]}


def test_a_template_adds_a_container_beside_ours(make):
    template = {"spec": {"containers": [{"name": "sidecar", "image": "logs:1"}]}}
    assert [each["name"] for each in pod(make.model(podTemplate=template))["containers"]] == [
        "runtime",
        "sidecar",
    ]


def test_a_model_without_resources_gets_the_settings(make):
    assert container(make.model())["resources"] == Settings().runtime.resources
    own = {"limits": {"memory": "4Gi"}}
    assert container(make.model(resources=own))["resources"] == own


@pytest.mark.parametrize(
    ("cache", "place"),
    [
        ({"kind": "emptyDir", "size": "5Gi"}, {"emptyDir": {"sizeLimit": "5Gi"}}),
        ({"kind": "claim"}, {"persistentVolumeClaim": {"claimName": "tenfold-minilm"}}),
        ({"kind": "hostPath", "path": "/c"}, {"hostPath": {"path": "/c", "type": "DirectoryOrCreate"}}),
    ],
    ids=lambda value: value.get("kind"),
)
def test_the_cache_is_where_the_settings_say(make, cache, place):
    settings = Settings.model_validate({"runtime": {"cache": cache}})
    assert {"name": "cache", **place} in pod(make.model(), settings)["volumes"]
    assert ("PersistentVolumeClaim" in kinds(make.model(), settings)) == (cache["kind"] == "claim")


def test_the_autoscaler_scales_the_model_by_its_own_concurrency(make):
    spec = kinds(make.model(autoscaling={"minReplicas": 0, "maxReplicas": 8, "target": 4}))
    autoscaler = spec["HorizontalPodAutoscaler"]["spec"]
    itself = {"apiVersion": "tenfold.dev/v1alpha1", "kind": "InferenceModel", "name": "minilm"}
    measured = autoscaler["metrics"][0]["object"]
    assert (autoscaler["scaleTargetRef"], measured["describedObject"]) == (itself, itself)
    assert measured["target"] == {"type": "AverageValue", "averageValue": "4"}
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (1, 8)


def test_the_autoscaler_looks_at_the_cpu_where_asked(make):
    model = make.model(autoscaling={"maxReplicas": 2, "metric": "cpu", "target": 70})
    metric = kinds(model)["HorizontalPodAutoscaler"]["spec"]["metrics"][0]["resource"]
    assert metric == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}


@pytest.mark.parametrize(("metric", "aim"), [("concurrency", "8"), ("cpu", 70)])
def test_a_target_that_is_not_given_goes_with_the_metric(make, metric, aim):
    model = make.model(autoscaling={"maxReplicas": 2, "metric": metric})
    (found,) = kinds(model)["HorizontalPodAutoscaler"]["spec"]["metrics"]
    target = found.get("object", found.get("resource"))["target"]
    assert aim in target.values()


def test_replicas_go_down_later_than_they_go_up(make):
    behavior = kinds(make.model(autoscaling={"maxReplicas": 2}))["HorizontalPodAutoscaler"]["spec"][
        "behavior"
    ]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300


def test_one_replica_does_not_keep_its_node(make):
    assert "PodDisruptionBudget" not in kinds(make.model())
    assert "PodDisruptionBudget" in kinds(make.model(replicas=2))


def test_only_gateways_the_operator_and_scrapers_reach_a_runtime(make):
    scraper = {"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}
    settings = Settings.model_validate({"networkPolicy": {"scrapers": [scraper]}})
    (ingress,) = kinds(make.model(), settings)["NetworkPolicy"]["spec"]["ingress"]
    names = [each["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in ingress["from"][:-1]]
    assert (names, ingress["from"][-1]) == (["tenfold-gateway", "tenfold-operator"], scraper)


def test_a_cluster_without_network_policies_gets_none(make):
    settings = Settings.model_validate({"networkPolicy": {"enabled": False}})
    assert "NetworkPolicy" not in kinds(make.model(), settings)
