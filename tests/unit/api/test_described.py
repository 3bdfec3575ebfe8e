"""Fields are described by the docstrings below them, in every schema that is made of a model."""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from tenfold_api.described import Described


class Cup(Described):
    """A cup."""

    volume: int
    """In millilitres."""
    maker: Annotated[str | None, Field(validation_alias=AliasChoices("maker", "by"))] = None
    colour: Annotated[str, Field(description="What it looks like.")] = "white"
    """What a field says of itself goes first."""
    handle_size: Annotated[int, Field(alias="handleSize")] = 2
    """In fingers,
    not thumbs."""


class Mug(Cup):
    """A cup that is described anew in part."""

    volume: int = 300
    saucer: Cup | None = None
    """What it stands on."""


class Pydantic(BaseModel):
    """As pydantic itself describes."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    volume: int
    """In millilitres."""
    saucer: Cup | None = None
    """What it stands on."""


class Ours(Described):
    """As pydantic itself describes."""

    volume: int
    """In millilitres."""
    saucer: Cup | None = None
    """What it stands on."""


def described(model: type[BaseModel]) -> dict[str, str | None]:
    properties = model.model_json_schema()["properties"]
    return {name: field.get("description") for name, field in properties.items()}


def test_a_field_is_described_by_the_docstring_below_it_or_by_itself():
    assert described(Cup) == {
        "volume": "In millilitres.",
        "maker": None,
        "colour": "What it looks like.",
        "handleSize": "In fingers,\nnot thumbs.",
    }


def test_inherited_fields_keep_their_description_until_they_are_declared_again():
    found = described(Mug)

    assert found["volume"] is None
    assert found["handleSize"] == "In fingers,\nnot thumbs."
    assert found["saucer"] == "What it stands on."


def test_the_schema_is_the_one_that_pydantic_makes_of_the_same_docstrings():
    assert Ours.model_json_schema() == {**Pydantic.model_json_schema(), "title": "Ours"}
