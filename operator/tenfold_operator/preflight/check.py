"""Whether the pods that a model wants may be started, as far as its hub can tell."""

from collections.abc import Iterable
from dataclasses import dataclass

from tenfold_api.progress import Failure
from tenfold_api.spec import Engine
from tenfold_operator.compare import meets
from tenfold_operator.model import Model
from tenfold_operator.preflight import judge
from tenfold_operator.preflight.facts import Facts
from tenfold_operator.preflight.inquiry import Inquiries
from tenfold_operator.reasons import Problem
from tenfold_operator.resources import Manifest
from tenfold_operator.resources.deployment import template_of


@dataclass(frozen=True)
class Check:
    """What came out."""

    is_open: bool = False
    """Whether the hub has yet to answer."""
    refusal: Problem | None = None
    """Why no pod would ever load the model."""
    found: str | None = None
    """What the hub said, as a sentence; empty when it said nothing, None when there was no need to ask."""

    @property
    def passed(self) -> bool:
        return not self.is_open and self.refusal is None


UNASKED = Check()


def check(
    subject: Model, wanted: Iterable[Manifest], there: Iterable[Manifest], inquiries: Inquiries
) -> Check:
    """Check a model whose pods are new, or are to be replaced; of others the hub is asked nothing."""
    source, template = subject.spec.source.hub, template_of(wanted, subject.name)
    if meets(template_of(there, subject.name), template):
        return UNASKED
    if source is None or subject.spec.engine is Engine.CUSTOM:
        return Check(found="")
    finding = inquiries.of(source, subject.key)
    if finding.is_under_way:
        return Check(is_open=True)
    if isinstance(finding.answer, Facts):
        refusal = judge.problem(subject, finding.answer, template)
        return Check(refusal=refusal, found=judge.told(subject, finding.answer))
    return _without_facts(finding.answer, has_token=source.token_secret_ref is not None)


def _without_facts(failure: Failure | None, *, has_token: bool) -> Check:
    """The pods of a model with a token of its own may be let in where the operator is not."""
    if failure is None or has_token:
        return Check(found="")
    return Check(refusal=Problem(failure.reason, failure.message))
