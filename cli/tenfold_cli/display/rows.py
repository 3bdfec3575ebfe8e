"""A model's standing in words, for a table and for a line."""

from dataclasses import dataclass

from tenfold_api.progress import LoadPhase, RuntimeStatus, State
from tenfold_gateway import about
from tenfold_gateway.about import Standing
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import Route, RouteTable

COLUMNS = ("MODEL", "TASK", "PHASE", "COMPUTE", "LOADED IN")

DOING = {
    LoadPhase.START: "starting",
    LoadPhase.DOWNLOAD: "downloading",
    LoadPhase.CONVERT: "converting",
    LoadPhase.OPTIMIZE: "optimizing",
    LoadPhase.LOAD: "loading",
    LoadPhase.WARM_UP: "warming up",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One model at one moment."""

    model_id: str
    standing: Standing
    phase: str
    """What it is doing, in a word or two."""
    elapsed: float = 0.0
    """Seconds since that began."""
    left: float = 0.0
    """Estimated seconds until it answers."""
    task: str = ""
    compute: str = ""
    loaded_in: float | None = None
    failure: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.standing is not Standing.LOADING

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.model_id, self.task, self._progress, self.compute, self._loaded_in)

    @property
    def line(self) -> str:
        return f"{self.model_id}: {self._account}"

    @property
    def _progress(self) -> str:
        if self.is_over:
            return self.phase
        return f"{self.phase} {duration(self.elapsed)}, ~{duration(self.left)} to go"

    @property
    def _account(self) -> str:
        if self.standing is Standing.LOADING:
            return f"{self.phase}, about {duration(self.left)} to go"
        if self.standing is Standing.READY:
            return f"ready in {self._loaded_in} ({self.task}, {self.compute})"
        return f"failed: {self.failure}" if self.failure else "sleeps until it is asked"

    @property
    def _loaded_in(self) -> str:
        return "" if self.loaded_in is None else duration(self.loaded_in)


def rows(table: RouteTable, book: LoadBook) -> list[Row]:
    return [row(route, book, table.status_age(route.model_id)) for route in table]


def row(route: Route, book: LoadBook, age: float) -> Row:
    """Tell of a route whose status was told so many seconds ago."""
    standing = about.standing(route)
    status = route.status or RuntimeStatus(state=State.LOADING)
    return Row(
        model_id=route.model_id,
        standing=standing,
        phase=DOING[status.phase] if standing is Standing.LOADING else standing.value,
        elapsed=max(0.0, status.phase_seconds + age),
        left=book.seconds_left(route.model_id, route.status, age),
        task=about.task(route) or "",
        compute=status.compute_type or "",
        loaded_in=status.load_seconds,
        failure=route.failure.message if route.failure else "",
    )


def duration(seconds: float) -> str:
    """Write a duration as exactly as anyone wants to know it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
