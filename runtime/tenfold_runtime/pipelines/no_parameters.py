"""The parameters of tasks that have none: an empty object is taken, for clients send one."""

from tenfold_runtime.tasks.request import Parameters


class NoParameters(Parameters):
    """The task has none."""
