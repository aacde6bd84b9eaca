"""What commands print: tables and words for people, one JSON object for machines, progress on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from time import monotonic
from typing import Any

from rich.console import Console
from rich.table import Table

from billing.money import Money

PIPE_WIDTH = 200  # a log or another program reads it: nothing is cut to the width of a terminal
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Progress = Callable[[str, int], None]
PROSE = ("explanation", "sentence", "description", "words", "message", "title")  # columns that may wrap


def print_json(value: Any) -> None:
    """Print one JSON value on one line, ready for a pipe."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False) + "\n")


def print_table(
    title: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str] | None = None
) -> None:
    """Print rows as an aligned table; `columns` maps keys to headings. Numbers and money stand on the right."""
    if not rows:
        console.print(f"{title}: nothing.")
        return
    shown = columns or {key: key for key in rows[0]}
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for key, heading in shown.items():
        numeric = all(isinstance(row.get(key), int | float | Decimal | Money | None) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=key not in PROSE)
    for row in rows:
        table.add_row(*(_shown(row.get(key)) for key in shown))
    console.print(table)


def _shown(value: Any) -> str:
    """Return a cell's text: a dash for nothing, times to the minute."""
    if value is None:
        return "-"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Give a callback(name, total so far) that shows a name, a count and a rate while work goes on.

    On a terminal one line is rewritten at most ten times a second; in a pipe nothing is written but the last
    count of each name, so that a log stays readable.
    """
    started: dict[str, float] = {}
    seen: dict[str, int] = {}
    last_shown = 0.0

    def show(name: str, total: int) -> None:
        nonlocal last_shown
        now = monotonic()
        begun = started.setdefault(name, now)
        seen[name] = total
        if quiet or not errors.is_terminal or now - last_shown < 0.1:
            return
        last_shown = now
        rate = f", {total / (now - begun):,.0f}/s" if now > begun else ""
        errors.print(f"  {name}: {total:,}{rate}          ", end="\r")

    yield show
    if not quiet:
        for name, total in seen.items():
            errors.print(f"  {name}: {total:,} in {monotonic() - started[name]:.1f} s          ")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | Money):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
