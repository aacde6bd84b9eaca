"""Files, functions and models stay readable; each says what it is; none is a junk drawer."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = {".venv", "var", "versions", "node_modules", ".hypothesis"}
FILE_LINES, FUNCTION_LINES, MODEL_LINES = 400, 80, 120
JUNK_DRAWER = re.compile(r"^(utils?|helpers?|common|managers?|misc|base_.*|.*_utils|.*_helpers)$")


def sources(*suffixes: str) -> list[Path]:
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.suffix in suffixes
        and not any(part in SKIPPED or part.startswith(".") for part in path.relative_to(ROOT).parts)
        and "target" not in path.relative_to(ROOT).parts
    )


PYTHON = sources(".py")
OURS = [path for path in PYTHON if not path.is_relative_to(ROOT / "tests")]
MODELS = [path for path in sources(".sql") if not path.is_relative_to(ROOT / "tests")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_there_is_something_to_measure() -> None:
    assert len(OURS) > 50
    assert len(MODELS) > 30


def test_no_file_is_too_long() -> None:
    long = {name(path): n for path in PYTHON if (n := len(path.read_text().splitlines())) > FILE_LINES}
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{name(path)}:{node.name}": length(node)
        for path in PYTHON
        for node in functions(path)
        if length(node) > FUNCTION_LINES
    }
    assert long == {}


def test_most_are_short() -> None:
    assert median(len(path.read_text().splitlines()) for path in OURS) <= 130
    assert median(length(node) for path in OURS for node in functions(path)) <= 14


def test_no_model_is_too_long() -> None:
    long = {name(path): n for path in MODELS if (n := len(path.read_text().splitlines())) > MODEL_LINES}
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [name(path) for path in PYTHON if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_junk_drawers() -> None:
    drawers = [
        name(path) for path in PYTHON if any(JUNK_DRAWER.match(p) for p in (path.stem, path.parent.name))
    ]
    assert drawers == []


BANNED = {
    "unfinished work": r"\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b|NotImplementedError",
    "a swallowed error": r"except[^\n]*:\s*\n\s+pass\b",
    "a machine's own path": r"(?<![\w.])/(root|home/\w+|work)/",
    "a package registry": r"https?://[\w.-]*(pypi|pythonhosted|artifactory|nexus)[\w.-]*/",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----|sk_live_[0-9a-zA-Z]{10,}(?<!do_not_print_me)",
}


@pytest.mark.parametrize("what", BANNED)
def test_nothing_stands_in_a_file_that_should_not(what: str) -> None:
    wanted = re.compile(BANNED[what])
    files = sources(".py", ".sql", ".yml", ".yaml", ".toml", ".md", ".sh", ".txt", ".lock", ".in", ".csv")
    found = [
        f"{name(path)}: {match.group(0).strip()[:60]}"
        for path in files
        if path != Path(__file__)
        for match in wanted.finditer(path.read_text())
    ]
    assert found == []


def test_money_is_no_float() -> None:
    """float( is for sandbox, screens' charts and durations; each other use needs a reason beside it."""
    found = [
        f"{name(path)}:{number}"
        for path in OURS
        if path.relative_to(ROOT).parts[0] not in ("sandbox", "dashboards", "benchmarks")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\bfloat\(", line) and "#" not in line
    ]
    assert found == []
    typed = re.compile(r"as (float|double|real)\b|::(float|double|real)\b", re.IGNORECASE)
    assert [name(path) for path in MODELS if typed.search(path.read_text())] == []
