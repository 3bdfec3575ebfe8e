"""The identity of a model's pods: one of its own, without a token, so that it may do nothing."""

from tenfold_operator.model import Model
from tenfold_operator.resources.common import Manifest, manifest


def service_account(model: Model) -> Manifest:
    return manifest("v1", "ServiceAccount", model, automountServiceAccountToken=False)
