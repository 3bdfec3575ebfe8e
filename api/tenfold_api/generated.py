"""The files of the repository that are generated from the InferenceModel: `make generate` writes them."""

import sys
from pathlib import Path
from typing import Any

from tenfold_api import crd, reference

# Helm installs the CRD unless told not to, and never deletes it: with it would go every InferenceModel.
_KEEP = {"helm.sh/resource-policy": "keep"}


def files() -> dict[str, str]:
    """Give the content of each generated file by its path in the repository."""
    return {
        "manifests/crd.yaml": crd.to_yaml(crd.custom_resource_definition()),
        "charts/tenfold/templates/crd.yaml": _template(),
        "docs/inferencemodel.md": reference.markdown(),
    }


def write(root: Path) -> None:
    """Write every generated file below the repository's root."""
    for path, content in files().items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def _template() -> str:
    text = crd.to_yaml(_kept(crd.custom_resource_definition()))
    return "{{- if .Values.crds.install }}\n" + text + "{{- end }}\n"


def _kept(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "metadata": {**document["metadata"], "annotations": _KEEP}}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
