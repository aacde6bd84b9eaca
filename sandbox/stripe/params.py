"""Stripe's parameters: form-encoded, nested by brackets, all of them texts; read strictly."""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.state import Json
from sandbox.stripe.errors import StripeError, bad_parameter

_KEY = re.compile(r"\[([^\]]*)\]")


def parse(pairs: Iterable[tuple[str, str]]) -> Json:
    """Build the nested form: created[gte]=1, expand[]=a and items[0][price]=p become dicts and lists."""
    tree: Json = {}
    for name, value in pairs:
        base, bracket, _ = name.partition("[")
        path = [base, *(_KEY.findall(name) if bracket else [])]
        node = tree
        for step in path[:-1]:
            inner = node.setdefault(step or str(len(node)), {})
            if not isinstance(inner, dict):
                raise StripeError(400, f"Invalid parameter: {name}", param=name, is_kept=False)
            node = inner
        node[path[-1] or str(len(node))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(part) for name, part in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def allow(params: Json, *names: str) -> None:
    """Refuse parameters that the endpoint does not know.

    Raises:
        StripeError: 400 parameter_unknown, naming them.
    """
    unknown = [name for name in params if name not in names and name != "expand"]
    if unknown:
        word = "parameter" if len(unknown) == 1 else "parameters"
        raise bad_parameter(f"Received unknown {word}: {', '.join(unknown)}", unknown[0], "parameter_unknown")


def text(params: Json, name: str) -> str | None:
    """Return a text parameter or None; an empty one counts as not given."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_parameter(f"Invalid string: {value}", name)
    return value or None


def whole(params: Json, name: str, *, least: int | None = None, most: int | None = None) -> int | None:
    """Return a whole number or None, within its bounds."""
    value = text(params, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?\d+", value):
        raise bad_parameter(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    number = int(value)
    if least is not None and number < least:
        word = f"This value must be greater than or equal to {least}."
        raise bad_parameter(word, name, "parameter_invalid_integer")
    if most is not None and number > most:
        raise bad_parameter(
            f"This value must be less than or equal to {most}.", name, "parameter_invalid_integer"
        )
    return number


def truth(params: Json, name: str) -> bool | None:
    """Return a boolean or None."""
    value = text(params, name)
    if value not in (None, "true", "false"):
        raise bad_parameter(f"Invalid boolean: {value}", name)
    return None if value is None else value == "true"


def choice(params: Json, name: str, *values: str) -> str | None:
    """Return one of the allowed words, or None."""
    value = text(params, name)
    if value is not None and value not in values:
        allowed = ", ".join(values[:-1]) + (", or " if len(values) > 1 else "") + values[-1]
        raise bad_parameter(f"Invalid {name}: must be one of {allowed}", name)
    return value


def metadata(params: Json, before: Json | None = None) -> Json:
    """Return metadata with the given keys set; an empty value unsets its key, an empty metadata all of them."""
    given = params.get("metadata")
    if given == "":
        return {}
    if given is not None and not isinstance(given, dict):
        raise bad_parameter("Invalid object", "metadata")
    merged = {**(before or {}), **(given or {})}
    return {name: value for name, value in merged.items() if value != ""}


def page(params: Json) -> int:
    """Return the limit of a list, 1 to 100, 10 by default."""
    return whole(params, "limit", least=1, most=100) or 10


def window(params: Json, name: str = "created") -> tuple[int | None, int | None]:
    """Return the (earliest, latest) whole second that created[gte|gt|lte|lt], or a bare number, allows."""
    given = params.get(name)
    if given is None:
        return None, None
    if isinstance(given, str):
        exact = whole(params, name)
        return exact, exact
    if not isinstance(given, dict):
        raise bad_parameter("Invalid object", name)
    bounds = {sign: whole(given, sign) for sign in given}
    unknown = [sign for sign in bounds if sign not in ("gt", "gte", "lt", "lte")]
    if unknown:
        raise bad_parameter(f"Received unknown parameter: {name}[{unknown[0]}]", name, "parameter_unknown")
    gt, lt = bounds.get("gt"), bounds.get("lt")
    lower = [bound for bound in (bounds.get("gte"), None if gt is None else gt + 1) if bound is not None]
    upper = [bound for bound in (bounds.get("lte"), None if lt is None else lt - 1) if bound is not None]
    return max(lower, default=None), min(upper, default=None)
