"""Render the chart's default objects into manifests/, for `kubectl apply --kustomize manifests`.

What only Helm needs is left out: its labels, its comments, and the objects of `helm test`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "charts" / "tenfold"
HEADER = "# Rendered from charts/tenfold by `make generate`; do not edit.\n"
FILES = {
    "operator.yaml": ("operator/deployment", "operator/networkpolicy", "operator/custommetrics"),
    "rbac-operator.yaml": ("operator/rbac",),
    "gateway.yaml": (
        "gateway/rbac",
        "gateway/deployment",
        "gateway/service",
        "gateway/disruptionbudget",
        "gateway/networkpolicy",
    ),
    "user-roles.yaml": ("user-roles",),
}
"""The templates that go into each file."""

_HELMS = re.compile(r"^(# Source: .*| +(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*)\n", re.MULTILINE)


def render(helm: str, *templates: str) -> str:
    """Give the objects of templates for a release `tenfold` in the namespace `tenfold`."""
    shown = [argument for name in templates for argument in ("--show-only", f"templates/{name}.yaml")]
    command = [helm, "template", "tenfold", str(CHART), "--namespace", "tenfold", *shown]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def plain(rendered: str) -> str:
    """Leave out what only Helm needs."""
    objects = _HELMS.sub("", rendered).split("---\n")
    return HEADER + "---\n".join(each for each in objects if each.strip())


def files(helm: str) -> dict[str, str]:
    """Give the content of each file by its name in manifests/."""
    return {name: plain(render(helm, *templates)) for name, templates in FILES.items()}


def main() -> int:
    helm = shutil.which("helm")
    if helm is None:
        print("There is no helm on the PATH: `make helm` fetches it.", file=sys.stderr)
        return 1
    for name, content in files(helm).items():
        (ROOT / "manifests" / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
