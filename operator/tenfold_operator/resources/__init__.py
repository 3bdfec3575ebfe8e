"""What an InferenceModel becomes in the cluster. Everything here is pure: a model in, manifests out."""

from tenfold_operator.model import Model
from tenfold_operator.resources import (
    autoscaler,
    cache,
    deployment,
    disruption_budget,
    network_policy,
    service,
    service_account,
)
from tenfold_operator.resources.common import Manifest
from tenfold_operator.settings import Settings

__all__ = ["Manifest", "children"]


def children(model: Model, settings: Settings) -> tuple[Manifest, ...]:
    """Give every object that the model is to have, what others need before what needs it."""
    return (
        service_account.service_account(model),
        *network_policy.network_policies(model, settings),
        *cache.claims(model, settings.runtime.cache),
        service.service(model),
        deployment.deployment(model, settings.runtime),
        *disruption_budget.disruption_budgets(model),
        *autoscaler.autoscalers(model, settings.scaling),
    )
