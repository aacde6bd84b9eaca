"""JSON whose numbers stay what they were: Recurly sends amounts as floats, which a float would only come near."""

import json
from decimal import Decimal
from typing import Any

import orjson


def loads(text: bytes | str) -> Any:
    """Parse JSON with every number that has a fraction or an exponent as a Decimal.

    Raises:
        ValueError: it is not JSON.
    """
    return json.loads(text, parse_float=Decimal)


def dumps(thing: Any) -> str:
    """Write what `loads` read, each number with the digits it came with (19.90 stays 19.90)."""
    return orjson.dumps(thing, default=_number).decode()


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError
