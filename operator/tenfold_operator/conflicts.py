"""Two InferenceModels with one model id: the older is served, as with Kubernetes' Gateway API."""

from collections.abc import Iterable

from tenfold_operator.model import Model


def same_id(model_id: str) -> str:
    """Give what is equal for ids that a person would take for the same."""
    return model_id.casefold()


def served(rivals: Iterable[Model]) -> Model:
    """Give the one that is served: the oldest; of one age, the first by namespace and name."""
    return min(rivals, key=lambda rival: (rival.created, rival.key))
