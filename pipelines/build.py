"""Runs dbt in this process: raw -> staging -> marts, with every check. It publishes nothing.

dbt's manifest is parsed once per process and kept, so that a warm worker builds in a second or two. dbt is one per
process: it reads its profile from the environment and keeps DuckDB's files locked until its connections are closed.
"""

import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt.adapters import factory
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.results import NodeStatus
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from filelock import FileLock

from billing import clock
from billing.errors import ConfigError, Terminal
from billing.settings import Settings
from gateways import REGISTRY
from pipelines import due, project, quick
from pipelines.empty_tables import make_lacking
from pipelines.report import Progress

_log = logging.getLogger(__name__)
_MARKER = "models.sha256"  # in the warehouse: which models made what stands in it
_ROWS_SHOWN = 3
# What new rows change, or could break; views and seeds stand as the last build of everything made them. Views are
# not excluded instead: their checks would go with them.
_LIVING = ("config.materialized:table", "config.materialized:incremental", "resource_type:test")
_FINANCE = "finance"  # a tag
_NO_LOGIC = ("--exclude-resource-type", "unit_test")  # tests of the logic itself: the suite runs them
# One odd amount must not hold back everybody's bills: it is left out of the marts, shown, and counted.
_NEVER_HOLDS_BACK = "no_unfit_amounts"
_one_at_a_time = threading.Lock()
_manifests: dict[tuple[str, str], tuple[str, Manifest]] = {}  # by engine and database, whose name is in it
_compiled: dict[
    str, dict[str, Any]
] = {}  # fingerprint of the project -> what was compiled of it, by unique id


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one of dbt's nodes; `status` is dbt's word: success, pass, warn, fail, error, skipped."""

    status: str
    message: str
    failures: int
    seconds: float


@dataclass(slots=True)
class BuildReport:
    """What a build did. `failed` says in words which model or check failed, and how; empty means green."""

    passed: int = 0
    """Checks that held."""
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    """What a person should look at, although it holds nothing back."""
    models: int = 0
    """Models and seeds built."""
    seconds: float = 0.0
    nodes: dict[str, NodeResult] = field(default_factory=dict)
    """By dbt's unique id."""


def build(
    settings: Settings,
    select: str | None = None,
    progress: Progress | None = None,
    *,
    without_finance: bool = False,
) -> BuildReport:
    """Build models and run their checks: all, or those of a dbt selector like "source:raw_stripe.charges+".

    With a selector, views and seeds are left as they stand. `without_finance` leaves out what finance alone reads;
    the record then goes on saying that the selected tables are due. After a build that was red or broke off,
    everything is built all the same. `pipelines.due` says what a cycle selects, from the record that is kept here.
    The caller holds the warehouse's writer lock. Nothing is raised for a failed model or check: it is in the
    report, and what depends on it was not built.
    """
    begun = time.monotonic()
    report = BuildReport()
    with _one_at_a_time, _environment(settings):
        record, begun_at = due.take(settings), clock.now()
        if record is None:  # the last build was red or broke off: nothing that it left may be published
            select, without_finance = None, False
        try:
            made = _build(settings, select, report, progress, without_finance=without_finance)
        finally:
            _close_connections()
        if made is not None and not report.failed:
            due.keep(settings, record, made.select, made.sources, begun_at)
    report.seconds = time.monotonic() - begun
    return report


def prepare(settings: Settings) -> Path:
    """Return the path of dbt's manifest.json, made anew when a file of the project is younger than it.

    It lies apart from the one that builds rewrite, so that nobody ever reads half of one.

    Raises:
        ConfigError: dbt cannot read the project.
    """
    folder = settings.var / "dbt" / settings.warehouse.engine / "graph"
    manifest = folder / "manifest.json"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "prepare.lock"), _one_at_a_time, _environment(settings):
        if not manifest.exists() or manifest.stat().st_mtime < project.youngest():
            parsed = dbtRunner().invoke(["parse", *_arguments(settings), "--target-path", str(folder)])
            _close_connections()
            if not parsed.success:
                raise ConfigError(f"dbt cannot read the project: {parsed.exception}")
    return manifest


def document(settings: Settings) -> Path:
    """Write dbt's documentation of the models as one HTML file, and return its path.

    The caller holds the writer lock: dbt reads the tables' columns from the warehouse.

    Raises:
        Terminal: dbt could not write it.
    """
    with _one_at_a_time, _environment(settings):
        try:
            run = dbtRunner().invoke(["docs", "generate", "--static", *_arguments(settings)])
        finally:
            _close_connections()
    if not run.success:
        raise Terminal(f"dbt could not write the documentation: {run.exception or 'it gave no reason'}")
    made = settings.var / "dbt" / settings.warehouse.engine / "target" / "static_index.html"
    folder = settings.var / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(made, folder / "index.html"))


@dataclass(frozen=True, slots=True)
class _Made:
    """What a build took: all raw tables that models read, and its selector.

    None is everything, "" nothing that could be relied on as built, for something of it was left out.
    """

    select: str | None
    sources: list[str]


def _build(
    settings: Settings,
    select: str | None,
    report: BuildReport,
    progress: Progress | None,
    *,
    without_finance: bool,
) -> _Made | None:
    fingerprint, marker = project.fingerprint(), settings.warehouse.dir / _MARKER
    manifest = _parsed(settings, fingerprint, report)
    if manifest is None:
        return None
    sources = _sources(manifest)
    make_lacking(settings, {name: sources[name] for name in sources if name.removeprefix("raw_") in REGISTRY})
    chosen = [*_NO_LOGIC, "--no-write-json"]
    if not marker.exists() or marker.read_text() != fingerprint:
        # Staged rows were made by other models (an upgrade, say): everything is made anew from raw.
        select = None
        chosen.append("--full-refresh")
    elif select:
        chosen += ["--select", *(f"{term},{kind}" for term in select.split() for kind in _LIVING)]
        if without_finance:
            if settings.warehouse.engine == "duckdb" and _quickly(
                settings, manifest, fingerprint, select, report
            ):
                return _Made("", _names(sources))
            chosen += ["--exclude", f"tag:{_FINANCE}+"]
            select = ""
    run = dbtRunner(manifest).invoke(["build", *_arguments(settings), *chosen])
    results = getattr(run.result, "results", ())
    for done, result in enumerate(results, start=1):
        _note(result, report)
        if progress is not None:
            progress("models and checks", done)
    if run.exception is not None or not (run.success or report.failed):
        report.failed.append(f"dbt stopped: {run.exception or 'it gave no reason'}")
    if not report.failed:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(fingerprint)
    return _Made(select, _names(sources))


def _quickly(
    settings: Settings, manifest: Manifest, fingerprint: str, select: str, report: BuildReport
) -> bool:
    """Build what a selector of raw tables touches without dbt; False if dbt is to see to it."""
    tables = [term.removeprefix("source:").removesuffix("+") for term in select.split()]
    wanted = quick.follow(manifest, tables, _FINANCE)
    have = _compiled.setdefault(fingerprint, {})
    if lacking := wanted - have.keys():
        names = " ".join(".".join(manifest.nodes[key].fqn) for key in lacking)
        said = json.dumps({"as_of": quick.AS_OF})
        done = dbtRunner(manifest).invoke(
            ["compile", *_arguments(settings), "--no-write-json", "--vars", said, "--select", names]
        )
        _close_connections()
        have.update({result.node.unique_id: result.node for result in getattr(done.result, "results", ())})
        if wanted - have.keys():
            return False
    made = quick.plan(manifest, {key: have[key] for key in wanted})
    try:
        report.passed += quick.run(settings, made, _NEVER_HOLDS_BACK)
    except quick.NotGreen as cause:
        _log.warning("Not all is green, so dbt builds it again: %s", cause)
        return False
    report.models += len(made.models)
    return True


def _names(sources: Mapping[str, set[str]]) -> list[str]:
    return [f"{schema}.{table}" for schema in sources for table in sources[schema]]


def _parsed(settings: Settings, fingerprint: str, report: BuildReport) -> Manifest | None:
    """Return the project as dbt reads it, parsed once per process and version of its files."""
    key = (settings.warehouse.engine, settings.warehouse.dbname)
    if key not in _manifests or _manifests[key][0] != fingerprint:
        parsed = dbtRunner().invoke(["parse", *_arguments(settings)])
        if not isinstance(parsed.result, Manifest):
            report.failed.append(f"dbt cannot read the project: {parsed.exception}")
            return None
        _manifests[key] = (fingerprint, parsed.result)
    return _manifests[key][1]


def _sources(manifest: Manifest) -> dict[str, set[str]]:
    """Return the raw tables that models read, by schema."""
    found: dict[str, set[str]] = {}
    for source in manifest.sources.values():
        found.setdefault(source.schema, set()).add(source.identifier)
    return found


def _note(result: Any, report: BuildReport) -> None:
    node = result.node
    report.nodes[node.unique_id] = NodeResult(
        str(result.status), result.message or "", result.failures or 0, result.execution_time
    )
    is_check = node.resource_type in ("test", "unit_test")
    if result.status == NodeStatus.Warn or (
        result.status == NodeStatus.Fail and node.name.startswith(_NEVER_HOLDS_BACK)
    ):
        report.warned.append(_say(result))
    elif result.status in (NodeStatus.Fail, NodeStatus.Error, NodeStatus.RuntimeErr):
        report.failed.append(_say(result))
    elif result.status in (NodeStatus.Pass, NodeStatus.Success):
        report.passed += is_check
        report.models += not is_check


def _say(result: Any) -> str:
    """Name a check or model and what is wrong with it, in one line with the first failing rows."""
    title = (getattr(result.node, "description", "") or result.node.name).strip().rstrip(".")
    message = " ".join((result.message or "no message").split()) + _first_rows(result)
    return (
        f"{result.node.name}: {message}"
        if title == result.node.name
        else f"{result.node.name} ({title}): {message}"
    )


def _first_rows(result: Any) -> str:
    """Return the first rows that a failed check found, as "; column=value ..."; checks select few columns."""
    if result.node.resource_type != "test" or not result.failures or not result.node.compiled_code:
        return ""
    adapter: Any = next(iter(factory.FACTORY.adapters.values()))  # one project, one connection profile
    with adapter.connection_named("first failing rows"):
        _, table = adapter.execute(
            f"select * from ({result.node.compiled_code}) as failing limit {_ROWS_SHOWN}",  # noqa: S608
            fetch=True,
        )
        names = table.column_names
        return "".join(
            "; " + ", ".join(f"{name}={value}" for name, value in zip(names, row.values(), strict=True))
            for row in table.rows
        )


def _arguments(settings: Settings) -> list[str]:
    folder = settings.var / "dbt" / settings.warehouse.engine
    return [
        *("--project-dir", str(project.FOLDER), "--profiles-dir", str(project.FOLDER)),
        *("--target", settings.warehouse.engine),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--log-level", "none", "--log-level-file", "info"),
        *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors"),
    ]


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """Set what dbt_project/profiles.yml asks for, and put the environment back afterwards."""
    warehouse = settings.warehouse
    wanted = {
        "WAREHOUSE_DIR": str(warehouse.dir),
        "WAREHOUSE_PG_HOST": warehouse.host,
        "WAREHOUSE_PG_PORT": str(warehouse.port),
        "WAREHOUSE_PG_USER": warehouse.user,
        "WAREHOUSE_PG_PASSWORD": warehouse.password.get_secret_value() if warehouse.password else "",
        "WAREHOUSE_PG_DBNAME": warehouse.dbname,
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _close_connections() -> None:
    """Let go of the database: a file that dbt still holds cannot be published."""
    factory.cleanup_connections()  # type: ignore[no-untyped-call]
    factory.reset_adapters()  # type: ignore[no-untyped-call]
    # dbt-duckdb's own close_all_connections drops its handle without closing the files.
    environment: Any = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
        DuckDBConnectionManager._ENV = None
