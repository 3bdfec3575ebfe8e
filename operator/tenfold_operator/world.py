"""What the watches have seen, by InferenceModel. The API server is never asked for what they know."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tenfold_operator import conflicts, model, names
from tenfold_operator.errors import InvalidModel
from tenfold_operator.model import Key, Model
from tenfold_operator.pods import Pod
from tenfold_operator.resources import Manifest

Index: TypeAlias = Mapping[Any, Collection[Any]]

Place: TypeAlias = tuple[str, str]
"""Where a model and all that belongs to it is indexed: the namespace, and the value of the model label."""


@dataclass(frozen=True)
class World:
    """Live views of kopf's indices: they change under way, between one `await` and the next."""

    models: Index
    """InferenceModels as they are stored, by Place."""
    rivals: Index
    """Keys of InferenceModels, by `conflicts.same_id` of their model id."""
    children: Index
    """Children as they are stored, by Place."""
    pods: Index
    """Pods that are not going, by Place."""
    lost: set[str] = field(default_factory=set)
    """The uids of what is still in the indices and went all the same."""

    def model(self, key: Key) -> Mapping[str, Any] | None:
        return next(self._kept(self.models, place(key)), None)

    def rivals_of(self, subject: Model) -> list[Model]:
        """Give every InferenceModel with the model's id, itself among them, as far as they are valid."""
        keys = self.rivals.get(conflicts.same_id(subject.model_id), ())
        return [subject, *(rival for key in keys if key != subject.key for rival in self._parsed(key))]

    def children_of(self, key: Key, uid: str) -> list[Manifest]:
        """Give the objects that the InferenceModel owns."""
        labelled = self._kept(self.children, place(key))
        return [child for child in labelled if _owner(child) == uid]

    def pods_of(self, key: Key) -> tuple[Pod, ...]:
        """Give the pods that are to serve the model."""
        return tuple(pod for pod in self._pods(key) if not pod.is_shadow)

    def shadows_of(self, key: Key) -> tuple[Pod, ...]:
        """Give the pods of a change that is compared with what serves."""
        return tuple(pod for pod in self._pods(key) if pod.is_shadow)

    def uids(self) -> set[str]:
        """Give the uids of all that was seen and is not lost."""
        seen = {_uid(each) for index in self._objects for held in index.values() for each in held}
        return seen - self.lost

    def lose(self, uids: set[str]) -> set[Key]:
        """Forget what went; give the models that want a look for it, heirs of a modelId among them."""
        self.lost.update(uids)
        places = {where for index in self._objects for where, held in index.items() if _any_of(uids, held)}
        touched = [raw for where in places for raw in self.models.get(where, ())]
        heirs = {key for raw in touched for key in self.rivals.get(conflicts.same_id(model.id_of(raw)), ())}
        return heirs | {model.key(raw) for raw in touched}

    @property
    def _objects(self) -> tuple[Index, ...]:
        return self.models, self.children, self.pods

    def _kept(self, index: Index, where: Place) -> Iterator[Any]:
        return (each for each in index.get(where, ()) if _uid(each) not in self.lost)

    def _pods(self, key: Key) -> list[Pod]:
        return sorted(self._kept(self.pods, place(key)), key=lambda pod: pod.name)

    def _parsed(self, key: Key) -> Iterator[Model]:
        raw = self.model(key)
        try:
            if raw is not None and not is_going(raw):
                yield model.parse(raw)
        except InvalidModel:
            return


def place(key: Key) -> Place:
    return key.namespace, names.label(key.name)


def place_of(child: Mapping[str, Any]) -> Place:
    """Give the place of the model that a child or pod belongs to."""
    metadata = child["metadata"]
    return metadata["namespace"], metadata["labels"][names.MODEL_LABEL]


def is_going(raw: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in raw["metadata"]


def slim(raw: Mapping[str, Any]) -> Manifest:
    """Give the object without the record of who wrote which field: half of its size, and never read."""
    metadata = {name: value for name, value in raw["metadata"].items() if name != "managedFields"}
    return {**raw, "metadata": metadata}


def _any_of(uids: set[str], held: Iterable[Any]) -> bool:
    return any(_uid(each) in uids for each in held)


def _uid(each: Pod | Mapping[str, Any]) -> str:
    return each.uid if isinstance(each, Pod) else str(each["metadata"].get("uid", ""))


def _owner(child: Mapping[str, Any]) -> str | None:
    owners = child["metadata"].get("ownerReferences", [])
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)
