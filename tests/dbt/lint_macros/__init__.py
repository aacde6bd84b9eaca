"""What sqlfluff lacks of dbt's context; it puts every public name of this module there (see pyproject.toml)."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from jinja2 import pass_context


@pass_context
def _dispatch(context: Any, name: str, _package: str) -> Any:
    return context.resolve(f"default__{name}")


adapter = SimpleNamespace(dispatch=_dispatch)
dbt = SimpleNamespace(
    type_string=lambda: "varchar",
    datediff=lambda first, second, part: f"date_diff('{part}', {first}, {second})",
    dateadd=lambda part, number, moment: f"date_add({moment}, interval ({number}) {part})",
)
target = SimpleNamespace(type="duckdb", schema="marts", database="marts")
run_started_at = datetime(2026, 11, 23, 18, tzinfo=UTC)


def var(name: str, default: Any = None) -> Any:
    return {"gateways": ["stripe"], "details": {}}.get(name, default)
