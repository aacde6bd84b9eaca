"""What a helpdesk still lacks, in words. Nothing is imported: an unfinished helpdesk can be looked at too."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.scaffold.reading import classes, keys, made, names, promised, unwritten

DEEDS = (
    "ask",
    "reply",
    "notes",
    "contact",
    "fields",
    "add_contact",
    "remove_contact",
    "close_ticket",
    "busy",
)
"""What people do at every emulated helpdesk: the contract suite and the demo live by it."""

_FOLDERS = ("helpdesk_sync", "portal", "sandbox", "docs", "apps", "tests")
_VERIFIER = ("SIGNATURE_HEADER", "is_configured", "verify")


def missing(name: str, root: Path) -> list[str]:
    """Return one sentence for each part that the helpdesk lacks; [] means that it is complete."""
    return [
        *_files(name, root),
        *_settings(name, root),
        *_registered(name, root),
        *_functions(name, root),
        *_tried(name, root),
        *_told(name, root),
        *unwritten(name, root, _FOLDERS),
    ]


def _files(name: str, root: Path) -> Iterator[str]:
    wanted = {
        f"helpdesk_sync/helpdesks/{name}.py": "its adapter",
        f"helpdesk_sync/webhooks/{name}.py": "its events' verifier",
        f"portal/panels/{name}.py": "its way of opening the panel",
        f"sandbox/{name}/__init__.py": "its emulator",
        f"docs/helpdesks/{name}.md": "its instructions for administrators",
        f"tests/sandbox/test_{name}.py": "its emulator's tests",
    }
    for path, what in wanted.items():
        if not (root / path).exists():
            yield f"{path} is missing: {what}."
    if not (root / f"apps/{name}").is_dir():
        yield f"apps/{name} is missing: its app's sources, or SETTINGS.md with what an administrator enters."


def _settings(name: str, root: Path) -> Iterator[str]:
    path = root / "billing/settings_helpdesks.py"
    field = re.search(rf"^    {name}: list\[(\w+)\]", path.read_text(), re.MULTILINE)
    if field is None:
        yield f"billing/settings_helpdesks.py: Helpdesks has no field {name}, so no account can be configured."
    elif field[1] not in classes(path):
        yield f"billing/settings_helpdesks.py has no class {field[1]}."
    for written in ("billhouse.example.toml", "billhouse/demo_config.py"):
        if f"[[helpdesks.{name}]]" not in (root / written).read_text():
            yield f"{written} has no table [[helpdesks.{name}]]."


def _registered(name: str, root: Path) -> Iterator[str]:
    if name not in keys(root / "helpdesk_sync/registry.py", "HELPDESKS"):
        yield f"helpdesk_sync/registry.py: HELPDESKS has no line for {name}."
    if name not in keys(root / "portal/panels/__init__.py", "PANELS"):
        yield f"portal/panels/__init__.py: PANELS has no line for {name}."
    if name not in made(root / "sandbox/helpdesks.py", "Helpdesk"):
        yield f"sandbox/helpdesks.py: HELPDESKS has no entry for {name}."


def _functions(name: str, root: Path) -> Iterator[str]:
    """Compare the helpdesk's modules with what the ports ask for, read from the ports themselves."""
    wanted = {
        f"helpdesk_sync/helpdesks/{name}.py": [
            "accounts",
            "title",
            *promised(root / "helpdesk_sync/ports.py", "Helpdesk"),
        ],
        f"helpdesk_sync/webhooks/{name}.py": _VERIFIER,
        f"portal/panels/{name}.py": promised(root / "portal/panels/port.py", "Panel"),
    }
    for path, parts in wanted.items():
        for part in parts:
            if part not in names(root / path):
                yield f"{path} has no {part}."
    acting = root / f"sandbox/{name}/acting.py"
    known = keys(acting, "DEEDS") | keys(acting, "_DEEDS")
    if undone := [deed for deed in DEEDS if deed not in known]:
        yield f"sandbox/{name}/acting.py: its DEEDS lack {', '.join(undone)}."


def _tried(name: str, root: Path) -> Iterator[str]:
    suite = root / "tests/helpdesk_sync"
    if name not in made(suite / "test_signatures.py", "Vector"):
        yield f"tests/helpdesk_sync/test_signatures.py: VECTORS has none of {name}, signed by another hand."
    for table, what in (("SECRETS", "its account"), ("NOTE_CALLS", "the call that sends its note")):
        if name not in keys(suite / "ward.py", table):
            yield f"tests/helpdesk_sync/ward.py: {table} has no {name}: the contract suite needs {what}."


def _told(name: str, root: Path) -> Iterator[str]:
    adapter = root / f"helpdesk_sync/helpdesks/{name}.py"
    title = re.search(r'^    title = "(.+)"', adapter.read_text(), re.MULTILINE) if adapter.exists() else None
    for page in ("README.md", "ARCHITECTURE.md"):
        if title and title[1] not in (root / page).read_text():
            yield f"{page} does not name {title[1]}."
