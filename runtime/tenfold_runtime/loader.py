"""From an InferenceModel to something that answers: resolve, find or build the artifact, load, warm up."""

import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tenfold_api.inference_model import InferenceModel
from tenfold_api.library import Library
from tenfold_api.progress import LoadPhase
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime import artifact, facts, source
from tenfold_runtime.artifact import Artifact, ArtifactCache, Manifest
from tenfold_runtime.conversion.job import Built, Job
from tenfold_runtime.conversion.process import Builder, BuildProcess
from tenfold_runtime.errors import HubUnavailable
from tenfold_runtime.folder import ModelFolder, refuse_pickles
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.generation.loaded import load as load_decoder
from tenfold_runtime.journal import Journal
from tenfold_runtime.network import Network, TextNetwork
from tenfold_runtime.pipelines.loaded import LoadedPipeline
from tenfold_runtime.pipelines.loaded import load as load_pipeline
from tenfold_runtime.pipelines.registry import PICTURED, PIPELINES
from tenfold_runtime.settings import Settings
from tenfold_runtime.tasks.base import TextModel, TextTask
from tenfold_runtime.tasks.registry import answering
from tenfold_runtime.tokenizer import TextTokenizer
from tenfold_runtime.vision.loaded import LoadedVision
from tenfold_runtime.vision.loaded import load as load_vision
from tenfold_runtime.vision.registry import IMAGE_TASKS

log = logging.getLogger(__name__)


AnyLoaded: TypeAlias = "Loaded | LoadedDecoder | LoadedVision | LoadedPipeline"


@dataclass(frozen=True)
class Loaded:
    """A model in memory, warm."""

    network: TextNetwork
    tasks: dict[Task, TextTask[Any]]
    manifest: Manifest

    @property
    def compute_type(self) -> str:
        """`cpu+optimized` where the graph was fused or quantized, else `cpu`."""
        quantized = self.manifest.form != "none"
        return "cpu+optimized" if self.manifest.optimized or quantized else "cpu"

    def warm_up(self) -> None:
        """Answer a few inputs, so that the first caller does not pay for memory and kernels."""
        task = self.tasks[self.manifest.task]
        request = task.request.model_validate(task.example_body())
        encodings = task.encode(request)
        for batch in (encodings, encodings * 8):
            self.network.run(batch)


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

    def load(self) -> AnyLoaded:
        """Load the model; raises CannotLoad where that is final. While the hub is away, tries again."""
        origin = self._resolved()
        found = self._artifact(origin)
        source = found.path if found.manifest.engine is Engine.ONNX else self._fetched(origin).path
        with self._journal.phase(LoadPhase.LOAD):
            loaded = self._loaded(found, source)
        with self._journal.phase(LoadPhase.WARM_UP):
            loaded.warm_up()
        self._journal.learn(compute_type=loaded.compute_type)
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

    def _loaded(self, found: Artifact, source: Path) -> AnyLoaded:
        """Load what was found. source: the folder of the weights that serve."""
        if _is_pipeline(found.manifest):
            return load_pipeline(found, source, self._model.spec, self._settings.threads)
        if found.manifest.task is Task.TEXT_GENERATION:
            return load_decoder(found, source, self._model.spec, self._settings.threads)
        if found.manifest.task in IMAGE_TASKS:
            return load_vision(found, self._settings.threads)
        known = facts.read(found.folder)
        limits = self._model.spec.limits
        tokenizer = TextTokenizer(found.path / "tokenizer.json", known, limits.max_input_tokens)
        network = self._network(found, source, tokenizer.special_id("pad_token") or 0)
        tasks = answering(found.manifest.task, TextModel(tokenizer, known))
        return Loaded(network, tasks, found.manifest)

    def _network(self, found: Artifact, source: Path, pad_id: int) -> TextNetwork:
        threads = self._settings.threads
        if found.manifest.engine is Engine.ONNX:
            return Network(found.graph, threads, pad_id, frozen=True)
        from tenfold_runtime.torch_network import TorchNetwork

        return TorchNetwork(source, found.manifest.task, self._model.spec.security, threads, pad_id)


def _is_pipeline(manifest: Manifest) -> bool:
    """Whether a library's own pipeline answers."""
    on_torch = manifest.engine is Engine.TRANSFORMERS and manifest.task in PICTURED
    return on_torch or manifest.task in PIPELINES or manifest.library is not Library.TRANSFORMERS
