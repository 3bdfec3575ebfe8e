"""The Deployment: as many replicas as the InferenceModel's scale says, replaced without a gap."""

from collections.abc import Iterable, Mapping
from typing import Any

from tenfold_operator import names
from tenfold_operator.model import Model
from tenfold_operator.resources import pod
from tenfold_operator.resources.common import Manifest, manifest, pods
from tenfold_operator.settings import Runtime


def deployment(model: Model, runtime: Runtime) -> Manifest:
    spec: Manifest = {
        "replicas": model.spec.replicas,
        "selector": pods(model),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "progressDeadlineSeconds": runtime.load_seconds,
        "revisionHistoryLimit": 3,
        "template": pod.template(model, runtime),
    }
    return manifest("apps/v1", "Deployment", model, spec=spec)


def shadow(model: Model, runtime: Runtime) -> Manifest:
    """Give a Deployment of one pod like those of the model, which no Service selects."""
    labels = {**names.selector(model.name), names.COMPONENT_LABEL: names.SHADOW}
    template = pod.template(model, runtime)
    metadata = template["metadata"]
    aside = {**template, "metadata": {**metadata, "labels": {**metadata["labels"], **labels}}}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "strategy": {"type": "Recreate"},
        "progressDeadlineSeconds": runtime.load_seconds,
        "revisionHistoryLimit": 0,
        "template": aside,
    }
    whole = manifest("apps/v1", "Deployment", model, spec=spec)
    return {**whole, "metadata": {**whole["metadata"], "name": names.shadow(model.name)}}


def is_main(manifest: Mapping[str, Any], model: str) -> bool:
    """Tell whether this is the Deployment that serves the model of this name."""
    return (manifest["kind"], manifest["metadata"]["name"]) == ("Deployment", names.child(model))


def template_of(manifests: Iterable[Mapping[str, Any]], model: str) -> Mapping[str, Any]:
    """Give the pod template of what serves the model; {} where there is none."""
    main = next((each for each in manifests if is_main(each, model)), None)
    return main["spec"]["template"] if main else {}


def held(wanted: Iterable[Manifest], there: Iterable[Manifest], model: str) -> tuple[Manifest, ...]:
    """Give what is wanted, but for the pods: those stay as they are, in whatever number is wanted.

    Where there are none, nothing is wanted.
    """
    template = template_of(there, model)
    if not template:
        return ()
    return tuple(_with_template(each, template) if is_main(each, model) else each for each in wanted)


def _with_template(deployment: Manifest, template: Mapping[str, Any]) -> Manifest:
    return {**deployment, "spec": {**deployment["spec"], "template": template}}
