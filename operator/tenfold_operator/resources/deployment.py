"""The Deployment: as many replicas as the InferenceModel's scale says, replaced without a gap."""

from tenfold_operator.model import Model
from tenfold_operator.resources import pod
from tenfold_operator.resources.common import Manifest, manifest, pods
from tenfold_operator.settings import Runtime


def deployment(model: Model, runtime: Runtime) -> Manifest:
    spec = {
        "replicas": model.spec.replicas,
        "selector": pods(model),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "progressDeadlineSeconds": runtime.load_seconds,
        "revisionHistoryLimit": 3,
        "template": pod.template(model, runtime),
    }
    return manifest("apps/v1", "Deployment", model, spec=spec)
