"""Two InferenceModels with one model id: the older is served."""

from collections.abc import Iterable

from tenfold_api.precedence import same_id, seniority
from tenfold_operator.model import Model

__all__ = ["same_id", "served"]


def served(rivals: Iterable[Model]) -> Model:
    """Give the one that is served: the oldest; of one age, the first by namespace and name."""
    return min(rivals, key=lambda rival: seniority(rival.created, *rival.key))
