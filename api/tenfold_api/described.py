"""Models whose fields are described by the docstrings below them.

Pydantic's own `use_attribute_docstrings` reads the source of every class when it is imported, which takes a
tenth of the time in which a runtime starts. Here it is read when a JSON schema is made.
"""

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema


class Described(BaseModel):
    """A model in whose JSON schema a field's description is the docstring below the field."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        made = handler(schema)
        properties = handler.resolve_ref_schema(made).get("properties", {})
        for name, words in _docstrings(cls).items():
            for key in _names(name, cls.model_fields[name]) & properties.keys():
                properties[key].setdefault("description", words)
        return made


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Give the docstrings below a model's fields, inherited ones included, by the fields' names."""
    lineage = [each for each in reversed(model.__mro__) if issubclass(each, Described)]
    found = {name: words for each in lineage for name, words in _written(each).items()}
    return {name: words for name, words in found.items() if words and name in model.model_fields}


@cache
def _written(model: type[BaseModel]) -> dict[str, str | None]:
    """Give each field that a class declares, with the docstring below it, if there is one."""
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(written, ast.ClassDef)  # noqa: S101 - the source of a class
    return {
        declared.target.id: _string(below)
        for declared, below in pairwise([*written.body, ast.Pass()])
        if isinstance(declared, ast.AnnAssign) and isinstance(declared.target, ast.Name)
    }


def _string(statement: ast.stmt) -> str | None:
    """Give a statement's string, where it is nothing but one."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return inspect.cleandoc(value) if isinstance(value, str) else None
    return None


def _names(name: str, field: FieldInfo) -> set[str]:
    """Give the names by which a schema may know a field."""
    aliases = (field.alias, field.validation_alias, field.serialization_alias)
    return {name, *(alias for alias in aliases if isinstance(alias, str))}
