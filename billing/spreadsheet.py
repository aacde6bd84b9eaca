"""Rows as CSV that no spreadsheet takes for formulas."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a head and rows; a text that a spreadsheet would run as a formula gets an apostrophe."""
    return line(columns) + "".join(line(row) for row in rows)


def line(values: Sequence[Any]) -> str:
    """Write one row, with its end."""
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):  # a number below 0 is no formula
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return f"'{value}" if value[:1] in _FORMULA_STARTS else value
