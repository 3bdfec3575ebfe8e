"""A request to try, for each task."""

from tenfold_api.examples import EXAMPLES
from tenfold_api.tasks import Task


def curl(address: str, model_id: str, task: str | None) -> str:
    """Give a command line that asks the model something that it can answer."""
    known = Task(task) if task in set(Task) else Task.FEATURE_EXTRACTION
    return EXAMPLES[known].curl(f"{address}/models/{model_id}")
