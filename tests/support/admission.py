"""Stands in for the API server: fills in a CRD's defaults, then checks its schema and its rules (CEL)."""

import cel
import jsonschema


def refusals(schema, new, old=None):
    """Say why a resource of this schema would be refused; `old` is what it would replace."""
    filled = with_defaults(schema, new)
    wrong = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(filled)]
    return wrong or broken_rules(schema, filled, old and with_defaults(schema, old))


def with_defaults(schema, value):
    """Fill in what is absent, top down: a default of {} is itself filled in."""
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties", {})
    absent = {name: field["default"] for name, field in fields.items() if "default" in field}
    return {name: with_defaults(fields.get(name, {}), child) for name, child in {**absent, **value}.items()}


def broken_rules(schema, value, old=None):
    """Give the messages of the rules that do not hold for a value, or for what is in it."""
    if not isinstance(value, dict):
        return []
    broken = [rule["message"] for rule in rules(schema) if not holds(rule["rule"], value, old)]
    for name, field in schema.get("properties", {}).items():
        if name in value:
            broken += broken_rules(field, value[name], old and old.get(name))
    return broken


def rules(schema):
    return schema.get("x-kubernetes-validations", [])


def holds(rule, value, old=None):
    """Whether a rule holds. One that speaks of the old value is asked only where there is one."""
    if "oldSelf" in rule and old is None:
        return True
    return cel.evaluate(rule, {"self": value, "oldSelf": old})
