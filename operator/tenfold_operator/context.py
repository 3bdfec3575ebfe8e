"""What lives as long as the operator, made in main and passed to every handler as kopf's memo."""

from collections.abc import Callable
from dataclasses import dataclass

from tenfold_operator.census import Census
from tenfold_operator.clock import utc_now
from tenfold_operator.cluster import Cluster
from tenfold_operator.metrics import Metrics
from tenfold_operator.model import Key
from tenfold_operator.preflight.inquiry import Inquiries
from tenfold_operator.reports import Reports
from tenfold_operator.rollout.trials import Trials
from tenfold_operator.scaling.part import Scaling
from tenfold_operator.settings import Settings
from tenfold_operator.work_queue import WorkQueue


@dataclass(frozen=True)
class Context:
    settings: Settings
    cluster: Cluster
    reports: Reports
    queue: WorkQueue[Key]
    metrics: Metrics
    scaling: Scaling
    census: Census
    clock: Callable[[], str] = utc_now
    inquiries: Inquiries | None = None
    """What hubs say of models; None where they are not to be asked."""
    trials: Trials | None = None
    """Comparisons of changes with what serves; None where changes are never compared."""

    def __copy__(self) -> "Context":
        """Stay one: kopf copies its memo for every resource."""
        return self
