"""What a gateway still lacks, in words. Nothing is imported: an unfinished gateway can be looked at too."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

NOT_WRITTEN = "is not written yet"


def missing(name: str, root: Path) -> list[str]:
    """Return one sentence for each part that the gateway lacks; [] means that it is complete."""
    return [
        *_files(name, root),
        *_registered(name, root),
        *_functions(name, root),
        *_verbs(name, root),
        *_models(name, root),
        *_statuses(name, root),
        *_unwritten(name, root),
    ]


def _files(name: str, root: Path) -> Iterator[str]:
    wanted = {
        f"gateways/{name}/manifest.py": "its name, API version and what can be done there",
        f"gateways/{name}/api.py": "its client",
        f"gateways/{name}/README.md": "the facts about its API that shaped the code",
        f"dbt_project/models/staging/{name}/_sources.yml": "its raw tables, as dbt knows them",
        f"sandbox/{name}/__init__.py": "its emulator",
    }
    for path, what in wanted.items():
        if not (root / path).exists():
            yield f"{path} is missing: {what}."
    if not (_pipeline(name, root)).exists():
        yield f"pipelines/{name}.py (or a package of that name) is missing: its raw tables' loading."
    if not (root / f"tests/pipelines/trials/{name}.py").exists():
        yield f"tests/pipelines/trials/{name}.py is missing: the fault suite cannot put its pipeline to the test."
    if not list((root / "tests").rglob(f"test_{name}_*.py")):
        yield f"No test is called test_{name}_*.py."


def _registered(name: str, root: Path) -> Iterator[str]:
    if f'"{name}":' not in (root / "gateways/__init__.py").read_text():
        yield f"gateways/__init__.py: REGISTRY has no line for {name}."
    if not re.search(rf"^    {name}: list\[", (root / "billing/settings_model.py").read_text(), re.MULTILINE):
        yield f"billing/settings_model.py: Gateways has no field {name}, so no account can be configured."
    variables = (root / "dbt_project/dbt_project.yml").read_text()
    if not re.search(rf"^  gateways: \[.*\b{name}\b.*\]", variables, re.MULTILINE):
        yield f"dbt_project/dbt_project.yml: {name} is not among vars.gateways, so no mart holds its rows."
    if f"from sandbox.{name}" not in (root / "sandbox/vendors.py").read_text():
        yield f"sandbox/vendors.py has no entry for sandbox.{name}."


def _functions(name: str, root: Path) -> Iterator[str]:
    manifest = root / f"gateways/{name}/manifest.py"
    wanted = {root / f"gateways/{name}/api.py": ("connect",), _pipeline(name, root): ("load", "reread")}
    if manifest.exists() and "has_webhooks=True" in manifest.read_text():
        wanted[root / f"gateways/{name}/webhooks.py"] = ("verify", "SIGNATURE_HEADER")
    for path, functions in wanted.items():
        found = _names(path)
        for function in functions:
            if function not in found:
                claim = "" if function in ("connect", "load", "reread") else ", though the manifest claims it"
                yield f"{path.relative_to(root)} has no {function}{claim}."


def _verbs(name: str, root: Path) -> Iterator[str]:
    """Compare what the manifest says of each verb with the adapter's handlers and the contract suite's counter."""
    manifest = root / f"gateways/{name}/manifest.py"
    if not manifest.exists():
        return
    tree = ast.parse(manifest.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "on"]
    claimed = {verb for call in calls for verb in _verb_names(call)}
    every = set(re.findall(r"^    ([A-Z_]+) = ", _verb_class(root), re.MULTILINE))
    if silent := sorted(f"Verb.{verb}" for verb in every - _verb_names(tree)):
        words = ", ".join(silent)
        yield f"gateways/{name}/manifest.py says nothing of {words}: what each acts upon, or why it cannot be."
    folder = root / f"actions/adapters/{name}"
    handled: set[str] = set()
    for path in sorted(folder.glob("*.py")):
        handled |= _verb_names(ast.parse(path.read_text()))
    for verb in sorted(claimed - handled):
        yield f"actions/adapters/{name} has no handler of Verb.{verb}, though the manifest claims it."
    if claimed and "connect" not in _names(folder / "__init__.py"):
        yield f"actions/adapters/{name}/__init__.py has no connect."
    if claimed and not (root / f"tests/actions/counters/{name}.py").exists():
        yield f"tests/actions/counters/{name}.py is missing: the contract suite cannot count its effects."


def _called(node: ast.Call) -> str | None:
    return node.func.id if isinstance(node.func, ast.Name) else None


def _verb_names(tree: ast.AST) -> set[str]:
    """Return NAME of every Verb.NAME."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Verb"
    }


def _verb_class(root: Path) -> str:
    text = (root / "billing/verbs.py").read_text()
    return text[text.index("class Verb(") : text.index("class VerbFacts")]


def _models(name: str, root: Path) -> Iterator[str]:
    models = root / "dbt_project/models"
    for unified in sorted((models / "intermediate/unified").glob("int_*__unified.sql")):
        model = unified.stem.removesuffix("__unified") + f"__{name}"
        if not (models / "intermediate" / name / f"{model}.sql").exists():
            yield f"intermediate/{name}/{model}.sql is missing: {unified.name} unites it with the others."
    sources = models / "staging" / name / "_sources.yml"
    if sources.exists():
        for table in re.findall(r"- \{?name: (?!raw_)(\w+)", sources.read_text()):
            # Nested lists get models of their own beside their table's; a table may not be left unread.
            if not (models / "staging" / name / f"stg_{name}__{table}.sql").exists():
                yield f"staging/{name}/stg_{name}__{table}.sql is missing: raw_{name}.{table} is not read."


def _statuses(name: str, root: Path) -> Iterator[str]:
    with (root / "dbt_project/seeds/gateway_status_map.csv").open(newline="") as seed:
        rows = list(csv.DictReader(seed))
    mapped = {row["entity"] for row in rows if row["gateway"] == name}
    for entity in sorted({row["entity"] for row in rows} - mapped):
        model = root / f"dbt_project/models/intermediate/{name}/int_{entity}s__{name}.sql"
        if model.exists() and "no_rows(" in model.read_text():
            continue  # a gateway without the thing has no states of it
        yield f"gateway_status_map.csv has no row for the states of a {name} {entity}."


def _unwritten(name: str, root: Path) -> Iterator[str]:
    for folder in ("gateways", "pipelines", "actions", "sandbox", "tests"):
        for path in sorted((root / folder).rglob("*.py")):
            if name in path.relative_to(root).as_posix() and NOT_WRITTEN in path.read_text():
                yield f"{path.relative_to(root)}: a part {NOT_WRITTEN}."


def _pipeline(name: str, root: Path) -> Path:
    package = root / f"pipelines/{name}/__init__.py"
    return package if package.exists() else root / f"pipelines/{name}.py"


def _names(path: Path) -> set[str]:
    """Return the names of all functions, methods and assigned constants of a module."""
    if not path.exists():
        return set()
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found
