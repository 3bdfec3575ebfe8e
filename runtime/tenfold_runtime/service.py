"""The life of a runtime: it loads the model in a thread, then predicts until it is told to stop."""

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor

from tenfold_api.progress import RuntimeStatus
from tenfold_api.spec import Spec
from tenfold_runtime import kinds
from tenfold_runtime.answering import Answerer
from tenfold_runtime.conversion.process import Builder
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader
from tenfold_runtime.settings import Settings

log = logging.getLogger(__name__)


class Service:
    """Owns the loader and the predictor."""

    def __init__(self, settings: Settings, builder: Builder | None = None, age: float = 0.0) -> None:
        """Take what to serve. `age`: seconds for which the process has run already."""
        self.spec: Spec = settings.model.spec
        self.model_id = settings.model.model_id
        self._journal = Journal(age=age)
        self._loader = Loader(settings, self._journal, builder)
        self._loading: Future[kinds.Loaded] | None = None
        self.predictor: Answerer | None = None

    @property
    def status(self) -> RuntimeStatus:
        return self._journal.status()

    @property
    def stuck(self) -> bool:
        """Whether one run of the network has taken far longer than any caller waits."""
        busy = self.predictor.worker.busy_seconds if self.predictor else 0.0
        return busy > 2 * self.spec.limits.timeout.seconds

    def begin(self) -> Future[kinds.Loaded]:
        """Begin to load, in a thread. `run` does it where it was not done before."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="load")
        self._loading = thread.submit(self._loader.load)
        thread.shutdown(wait=False)  # once it has loaded
        return self._loading

    async def run(self) -> None:
        """Load, then serve until cancelled."""
        try:
            loaded = await asyncio.wrap_future(self._loading or self.begin())
        except CannotLoad as error:
            log.error("%s cannot be loaded: %s", self.model_id, error)
            self._journal.failed(error.failure)
            return
        except asyncio.CancelledError:
            self._loader.stop()
            raise
        self.predictor = kinds.answerer(loaded, self.spec)
        log.info("%s is ready after %.2f s", self.model_id, self.status.load_seconds or 0.0)
        await self.predictor.worker.work()
