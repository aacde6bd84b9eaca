"""Shared models keep to SQL that means the same on DuckDB, PostgreSQL and Spark.

Read is the compiled SQL's syntax tree; what differs between engines comes from macros/dialect and is told apart by
the functions that only those macros write.
"""

import re

import pytest
import sqlglot
from sqlglot import TokenType, exp

from tests.dbt.conftest import Built
from tests.dbt.warehouse import PROJECT

DENIED_NODES: dict[type[exp.Expression], str] = {
    exp.Qualify: "qualify: use row_number() in a subquery",
    exp.ArgMax: "arg_max: use row_number()",
    exp.ArgMin: "arg_min: use row_number()",
    exp.AnyValue: "any_value: say which one",
    exp.Pivot: "pivot is not portable",
    exp.Concat: "concat() treats NULL differently: use || and coalesce",
    exp.StartsWith: "starts_with: use position()",
    exp.StrPosition: "strpos: position() only, and in a macro",
    exp.Avg: "avg: divide a sum by a count, then cast",
    exp.Div: "bare division: whole_division(), or cast first",
    exp.Merge: "merge needs more than delete+insert on Spark",
    exp.SHA2: "sha256: use md5",
    exp.Struct: "structs stay out of shared models",
    exp.TimestampTrunc: "use date_trunc on a timestamp without a zone",
}
DENIED_TEXT = {
    r"\bgroup by all\b": "group by all: list the columns",
    r"\bunion (all )?by name\b": "union by name: list the columns",
    r"\*\s+(exclude|replace)\b": "* exclude: list the columns",
    r"\bcolumns\s*\(": "columns(): list the columns",
    r"\b(asof|anti|semi)\s+join\b": "use exists",
    r"\bdate_diff\b": "dbt.datediff",
    r"\btimestamptz\b|with time zone": "time is UTC without a zone",
    r"extract\s*\(\s*epoch": "epoch_to_utc()",
    r"\bdesc\b(?!\s+nulls\s+(last|first))": "order by ... desc: say where nulls go",
}


def faults(sql: str) -> list[str]:
    """What in a statement is not portable, in words."""
    # iso_offset_to_utc() reads a text with an offset and is in UTC, without a zone, at once.
    sql = sql.replace("as timestamptz) at time zone 'UTC'", "as timestamp)")
    found = [why for pattern, why in DENIED_TEXT.items() if re.search(pattern, sql, re.IGNORECASE)]
    tokens = {token.token_type for token in sqlglot.tokenize(sql, read="duckdb")}
    if tokens & {TokenType.ARROW, TokenType.DARROW}:
        found.append("-> and ->>: use the JSON macros")
    for tree in sqlglot.parse(sql, read="duckdb"):
        found += [why for node, why in DENIED_NODES.items() if tree and tree.find(node)]
    return found


@pytest.mark.parametrize(
    "bad",
    [
        "select a from t qualify row_number() over (order by a) = 1",
        "select arg_max(a, b) from t",
        "select any_value(a) from t",
        "select a, count(*) from t group by all",
        "select * exclude (a) from t",
        "select data ->> '$.a' from t",
        "select a / b from t",
        "select avg(a) from t",
        "select concat(a, b) from t",
        "select a from t union by name select b from u",
        "select row_number() over (order by a desc) from t",
        "select a from t anti join u on t.a = u.a",
        "select date_diff('day', a, b) from t",
        "select cast(a as timestamptz) from t",
        "select {'a': 1}",
        "pivot t on a using sum(b)",
    ],
)
def test_the_list_finds_what_is_not_portable(bad: str) -> None:
    assert faults(bad)


def test_the_list_lets_portable_sql_pass() -> None:
    good = (
        "select a, coalesce(b, '') || c from t where not exists (select 1 from u) order by a desc nulls last"
    )
    assert faults(good) == []


def test_compiled_models_are_portable(on_duckdb: Built) -> None:
    compiled = on_duckdb[0].folder / "target" / "compiled" / "billhouse" / "models"
    models = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    statements = {path.stem: path.read_text() for path in compiled.rglob("*.sql") if path.stem in models}
    assert statements.keys() == models
    assert {name: found for name, sql in statements.items() if (found := faults(sql))} == {}


def test_engines_are_named_in_the_dialect_macros_alone() -> None:
    for path in (PROJECT / "macros").rglob("*.sql"):
        if path.parent.name != "dialect" and path.stem != "naming":
            assert not re.search(r"duckdb|postgres|target\.type", path.read_text(), re.IGNORECASE), path.name
    for path in (PROJECT / "models").rglob("*.sql"):
        assert "target." not in path.read_text(), path.name


def test_identifiers_are_not_quoted() -> None:
    for path in (PROJECT / "models").rglob("*.sql"):
        sql = re.sub(r"{[{%#].*?[}%#]}|--[^\n]*", "", path.read_text(), flags=re.DOTALL)
        assert '"' not in sql, f"{path.name}: a quoted identifier is a string on Spark"
