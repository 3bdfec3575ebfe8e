"""From an InferenceModel to something that answers: resolve, find or build the artifact, load, warm up."""

import logging
import shutil
import time
from pathlib import Path

from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import LoadPhase
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime import artifact, kinds, source
from tenfold_runtime.artifact import Artifact, ArtifactCache, Manifest
from tenfold_runtime.conversion.job import Built, Job
from tenfold_runtime.conversion.process import Builder, BuildProcess
from tenfold_runtime.errors import HubUnavailable
from tenfold_runtime.folder import ModelFolder, refuse_pickles
from tenfold_runtime.journal import Journal
from tenfold_runtime.settings import Settings

log = logging.getLogger(__name__)


class Loader:
    """Loads one model; `journal` tells how far it is. Runs in a thread, and can be stopped from another."""

    def __init__(self, settings: Settings, journal: Journal, builder: Builder | None = None) -> None:
        self._settings = settings
        self._journal = journal
        self._cache = ArtifactCache(settings.cache)
        self._builder = builder or BuildProcess()

    @property
    def _model(self) -> InferenceModel:
        return self._settings.model

    def load(self) -> kinds.Loaded:
        """Load the model; raises CannotLoad where that is final. While the hub is away, tries again."""
        origin = self._resolved()
        found = self._artifact(origin)
        source = found.path if found.manifest.engine is Engine.ONNX else self._fetched(origin).path
        with self._journal.phase(LoadPhase.LOAD):
            loaded = kinds.load(found, source, self._model.spec, self._settings.threads)
        with self._journal.phase(LoadPhase.WARM_UP):
            loaded.warm_up()
        self._journal.learn(compute_type=found.manifest.compute_type)
        self._journal.ready()
        return loaded

    def prepare(self) -> Artifact:
        """Find the artifact, or build it, without loading it; raises CannotLoad where that is final."""
        return self._artifact(self._resolved())

    def stop(self) -> None:
        """End the build, if one is under way."""
        self._builder.stop()

    def _resolved(self) -> source.Source:
        wait = 1.0
        while True:
            try:
                return source.resolve(self._model, self._settings.cache, self._settings.hub)
            except HubUnavailable as error:
                log.warning("%s; trying again in %.0f s", error, wait)
                time.sleep(wait)
                wait = min(2 * wait, 30.0)

    def _artifact(self, origin: source.Source) -> Artifact:
        """Find the artifact, or build it."""
        self._journal.learn(revision=origin.revision)
        spec = self._model.spec
        place = self._cache.place(
            self._model.model_id, origin.revision, spec.task, spec.engine, spec.optimization
        )
        found = self._cache.find(place)
        self._journal.learn(cached=found is not None)
        found = found or self._built(origin, place)
        self._learn_from(found.manifest)
        return found

    def _learn_from(self, manifest: Manifest) -> None:
        self._journal.learn(task=manifest.task, weight_bytes=manifest.weight_bytes)
        self._journal.learn(engine=manifest.runner, fallback=manifest.fallback)
        if manifest.fallback:
            log.warning("%s does not run on ONNX Runtime: %s", self._model.model_id, manifest.fallback)
        if measured := manifest.measured:
            self._journal.learn(speedup=measured.speedup, drift=measured.drift)

    def _fetched(self, origin: source.Source) -> ModelFolder:
        with self._journal.phase(LoadPhase.DOWNLOAD):
            return origin.fetch()

    def _built(self, origin: source.Source, place: Path) -> Artifact:
        spec = self._model.spec
        folder = self._fetched(origin)
        refuse_pickles(folder.names, allowed=spec.security.allow_pickle)
        folder.refuse_code(allowed=spec.security.trust_remote_code)
        task = folder.answering(spec.task or origin.task or folder.task())
        self._journal.learn(task=task, weight_bytes=folder.weight_bytes)
        aside = self._cache.aside(place)
        try:
            built = self._builder.build(self._job(folder, aside, task), self._journal.heard)
            manifest = self._manifest(folder, task, origin.revision, built, aside)
            return self._cache.keep(aside, place, manifest)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _job(self, folder: ModelFolder, out: Path, task: Task) -> Job:
        spec = self._model.spec
        return Job(
            folder=folder.path,
            out=out,
            task=task,
            engine=spec.engine,
            quantization=spec.optimization.quantization,
            max_drift=spec.optimization.max_drift,
            threads=self._settings.threads,
            turns=self._settings.cache,
            security=spec.security,
        )

    def _manifest(self, folder: ModelFolder, task: Task, revision: str, built: Built, out: Path) -> Manifest:
        return Manifest(
            model_id=self._model.model_id,
            revision=revision,
            task=task,
            engine=built.engine,
            library=folder.library,
            fallback=built.fallback,
            form=built.form,
            optimized=built.optimized,
            candidates=built.candidates,
            weight_bytes=folder.weight_bytes,
            created=artifact.now(),
            machine=artifact.machine(),
            versions=built.versions,
            files=artifact.digests(out),
        )
