"""Models of other libraries than transformers: pipelines of diffusers, and models of tables."""

import shutil
from importlib.metadata import version

from tenfold_api.library import Library, matching
from tenfold_api.spec import Engine
from tenfold_runtime.conversion.job import Built, Job
from tenfold_runtime.errors import ExportUnsupported
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.pipelines import registry
from tenfold_runtime.tabular.files import GRAPHS, model_file


def keep(job: Job, folder: ModelFolder) -> Built:
    """Write what serves into `job.out` where there are graphs; else leave the model to its own library.

    Raises CannotLoad where the library does not answer the task, or the engine does not run the model.
    """
    registry.named(job.task, folder.library)
    return _pipeline(job) if folder.library is Library.DIFFUSERS else _of_tables(job, folder)


def _pipeline(job: Job) -> Built:
    versions = _versions("diffusers", "onnxruntime", "optimum-onnx", "torch", "transformers")
    if job.engine is Engine.TRANSFORMERS:
        return _on_torch("spec.engine is transformers", versions)
    from tenfold_runtime.conversion import diffusion_export

    try:
        diffusion_export.export(job)
    except ExportUnsupported as error:
        if job.engine is Engine.ONNX:
            raise
        return _on_torch(str(error), versions)
    return Built(versions=versions)


def _on_torch(why: str, versions: dict[str, str]) -> Built:
    return Built(engine=Engine.TRANSFORMERS, fallback=why, versions=versions)


def _of_tables(job: Job, folder: ModelFolder) -> Built:
    file = model_file(folder, job.engine, allow_pickle=job.security.allow_pickle)
    if not matching([file.name], GRAPHS):
        return Built(
            engine=Engine.TRANSFORMERS,
            fallback=f"{file.name} is an estimator of scikit-learn, which runs it",
            versions=_versions("scikit-learn", "skops"),
        )
    for name in {file.name, *matching(folder.names, ("config.json", f"{file.name}?data"))}:
        shutil.copyfile(folder.path / name, job.out / name)
    return Built(versions=_versions("onnxruntime"))


def _versions(*names: str) -> dict[str, str]:
    return {name: version(name) for name in names}
