"""Reads the dbt seeds that Python shares with SQL, so that the two cannot disagree."""

import csv
from functools import cache
from pathlib import Path

from billing.errors import ConfigError

_FOLDER = Path(__file__).parents[1] / "dbt_project" / "seeds"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `dbt_project/seeds/<name>.csv`, in file order.

    Raises:
        ConfigError: the seed is not where it belongs, so the installation is broken.
    """
    path = _FOLDER / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(csv.DictReader(file))
    except OSError as cause:
        raise ConfigError(
            f"{path} cannot be read ({cause.strerror}). Billhouse runs from its whole source tree."
        ) from cause
