"""The hub, through huggingface_hub's own client: blocking, with a limit of time on every request."""

from collections.abc import Iterable, Mapping
from typing import Any

from tenfold_api import hub_errors
from tenfold_api.progress import Failure
from tenfold_api.spec import HubSource
from tenfold_api.tasks import Task
from tenfold_operator.errors import HubUnavailable
from tenfold_operator.preflight.facts import Facts

_MARK = "config.json"


class Hub:
    """Asks one hub. Its token, if there is one, is huggingface_hub's own: `HF_TOKEN`."""

    def __init__(self, endpoint: str | None, seconds: float) -> None:
        self._endpoint = endpoint
        self._seconds = seconds

    def __call__(self, source: HubSource) -> Facts | Failure:
        """Give what the hub says, or why it says nothing for good. Raises HubUnavailable."""
        try:
            return self._facts(source)
        except hub_errors.passing() as error:
            refusal = hub_errors.refusal(source.repo, error)
            if refusal is None:
                raise HubUnavailable(f"the hub did not answer for {source.repo}: {error}") from error
            return refusal

    def _facts(self, source: HubSource) -> Facts:
        from huggingface_hub import HfApi

        api = HfApi(endpoint=self._endpoint)
        asked = {"revision": source.revision, "files_metadata": True, "timeout": self._seconds}
        info = api.model_info(source.repo, **asked)
        sizes = {each.rfilename: each.size or 0 for each in info.siblings or ()}
        if info.gated:
            self._try_the_gate(source, info.sha, sizes)
        task = Task(info.pipeline_tag) if info.pipeline_tag in set(Task) else None
        return Facts(info.sha, sizes, task, _architecture(info.config or {}))

    def _try_the_gate(self, source: HubSource, commit: str, names: Iterable[str]) -> None:
        """Ask for a file's headers, as a download does: everyone may read about a gated model."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        name = min(names, key=lambda name: (name != _MARK, name), default=_MARK)
        url = hf_hub_url(source.repo, name, revision=commit, endpoint=self._endpoint)
        get_hf_file_metadata(url, timeout=self._seconds)


def _architecture(config: Mapping[str, Any]) -> str:
    return str(next(iter(config.get("architectures") or ()), ""))
