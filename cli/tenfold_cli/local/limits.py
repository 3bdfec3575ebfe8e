"""What an InferenceModel may ask of a cluster, and one machine cannot give."""

from collections.abc import Iterator
from pathlib import Path

from tenfold_api.inference_model import InferenceModel
from tenfold_api.spec import Engine, Source, Spec, Visibility

Refusal = tuple[str, str]
"""The path of a field and a reason."""


def refusals(model: InferenceModel) -> Iterator[Refusal]:
    """Give every field that tenfold up cannot do justice to."""
    yield from _of_source(model.spec.source)
    if model.spec.engine is Engine.CUSTOM:
        yield "spec.engine", "tenfold up runs no containers; use auto, onnx or transformers"
    if model.spec.visibility is Visibility.PRIVATE:
        yield "spec.visibility", "tenfold up has no access tokens yet and serves everyone; use public"
    yield from _of_environment(model.spec)


def _of_source(source: Source) -> Iterator[Refusal]:
    if source.pvc:
        yield "spec.source.pvc", "tenfold up has no volumes; give a folder with spec.source.path"
    if source.uri:
        yield "spec.source.uri", "tenfold up reads no object storage; give a folder with spec.source.path"
    if source.path and not Path(source.path).is_dir():
        yield "spec.source.path", f"there is no folder {source.path}"


def _of_environment(spec: Spec) -> Iterator[Refusal]:
    for number, variable in enumerate(spec.env or []):
        if "valueFrom" in variable:
            yield f"spec.env[{number}].valueFrom", "tenfold up has no Secrets and ConfigMaps; give a value"
