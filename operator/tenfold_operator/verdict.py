"""What is to become of an InferenceModel, by its spec and by what is there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tenfold_api.spec import Engine
from tenfold_operator import conflicts, model, names, resources
from tenfold_operator.context import Context
from tenfold_operator.errors import InvalidModel
from tenfold_operator.model import Key, Model
from tenfold_operator.plan import Plan, plan
from tenfold_operator.preflight.check import UNASKED, Check, check
from tenfold_operator.reasons import Problem, Reason
from tenfold_operator.resources import Manifest
from tenfold_operator.resources.deployment import held, shadow
from tenfold_operator.rollout.stage import DIRECT, Stage, stage
from tenfold_operator.situation import Asked
from tenfold_operator.world import World

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What is to become of a resource."""

    asked: Asked
    plan: Plan
    refusal: Problem | None = None
    check: Check = UNASKED
    """What the hub says of the model."""
    stage: Stage = DIRECT
    """How far a change of its pods has come."""
    accepted: Model | None = None
    """The model, where it is accepted."""

    @property
    def speaks(self) -> bool:
        """Whether its pods can be asked how they are: Tenfold's own runtimes can."""
        return self.accepted is not None and self.accepted.spec.engine is not Engine.CUSTOM


def judge(raw: Raw, world: World, context: Context) -> Verdict:
    """Decide what is to be written. Pure, apart from what the world is when it is called."""
    there = world.children_of(model.key(raw), raw["metadata"]["uid"])
    try:
        subject = model.parse(raw)
    except InvalidModel as error:  # what serves goes on serving
        return Verdict(_asked_at_least(raw), Plan(), Problem(Reason.INVALID_SPEC, str(error)))
    asked = _asked(subject, context)
    winner = conflicts.served(world.rivals_of(subject))
    if winner.key != subject.key:
        return Verdict(asked, plan((), there), _conflict(winner))
    wanted = resources.children(subject, context.settings)
    checked = check(subject, wanted, there, context.inquiries) if context.inquiries else Check(found="")
    staged = _staged(subject, wanted, there, world, context) if checked.passed else DIRECT
    if not checked.passed or staged.is_held:
        wanted = held(wanted, there, subject.name)
    if staged.comparing:
        wanted = (*wanted, shadow(subject, context.settings.runtime))
    todo = plan(wanted, there) if wanted else Plan()
    return Verdict(asked, todo, checked.refusal, checked, staged, accepted=subject)


def _staged(
    subject: Model, wanted: Iterable[Manifest], there: Iterable[Manifest], world: World, context: Context
) -> Stage:
    if context.trials is None:
        return DIRECT
    pods, shadows = world.pods_of(subject.key), world.shadows_of(subject.key)
    return stage(subject, wanted, there, pods, shadows, context.trials)


def _conflict(winner: Model) -> Problem:
    message = f"{winner.key}, which is older, serves modelId {winner.model_id}; give this one another modelId"
    return Problem(Reason.MODEL_ID_CONFLICT, message)


def _asked(subject: Model, context: Context) -> Asked:
    return Asked(
        generation=subject.generation,
        replicas=subject.spec.replicas,
        selector=_selector(subject.key),
        url=f"{context.settings.url.rstrip('/')}/models/{subject.model_id}",
        max_drift=subject.spec.optimization.max_drift,
        model_id=subject.model_id,
    )


def _asked_at_least(raw: Raw) -> Asked:
    """Give what can be said of a spec that cannot be read."""
    replicas = raw.get("spec", {}).get("replicas", 1)
    known = replicas if isinstance(replicas, int) else 1
    return Asked(model.generation(raw), known, _selector(model.key(raw)))


def _selector(key: Key) -> str:
    return ",".join(f"{name}={value}" for name, value in names.selector(key.name).items())
