"""`python -m tools.scaffold gateway acme`: write the files of a gateway or helpdesk and say what is left."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tools.scaffold import missing_gateway, missing_helpdesk

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Kind:
    """Something that is added under one name: its templates are in the folder of its `word`."""

    word: str
    places: Mapping[str, str]
    """Template -> where it goes."""
    missing: Callable[[str, Path], list[str]]
    """(name, root) -> a sentence for each part that it lacks."""


GATEWAY = Kind(
    "gateway",
    {
        "package.txt": "gateways/{name}/__init__.py",
        "manifest.txt": "gateways/{name}/manifest.py",
        "api.txt": "gateways/{name}/api.py",
        "webhooks.txt": "gateways/{name}/webhooks.py",
        "readme.txt": "gateways/{name}/README.md",
        "pipeline.txt": "pipelines/{name}/__init__.py",
        "objects.txt": "pipelines/{name}/objects.py",
        "sources.txt": "dbt_project/models/staging/{name}/_sources.yml",
        "adapter.txt": "actions/adapters/{name}/__init__.py",
        "sandbox.txt": "sandbox/{name}/__init__.py",
        "test.txt": "tests/gateways/test_{name}_api.py",
    },
    missing_gateway.missing,
)
HELPDESK = Kind(
    "helpdesk",
    {
        "adapter.txt": "helpdesk_sync/helpdesks/{name}.py",
        "webhooks.txt": "helpdesk_sync/webhooks/{name}.py",
        "panel.txt": "portal/panels/{name}.py",
        "sandbox.txt": "sandbox/{name}/__init__.py",
        "instructions.txt": "docs/helpdesks/{name}.md",
        "settings.txt": "apps/{name}/SETTINGS.md",
        "test.txt": "tests/sandbox/test_{name}.py",
    },
    missing_helpdesk.missing,
)
KINDS = {kind.word: kind for kind in (GATEWAY, HELPDESK)}


def write(kind: Kind, name: str, root: Path = ROOT) -> list[Path]:
    """Write the templates of a gateway or helpdesk and return the new files; nothing that exists is touched.

    Raises:
        ValueError: the name is not one lower-case word, or it has a file already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(
            f"A {kind.word}'s name is one lower-case word, like acme: it names files and tables."
        )
    targets = {source: root / place.format(name=name) for source, place in kind.places.items()}
    if there := [path for path in targets.values() if path.exists()]:
        raise ValueError(f"{there[0].relative_to(root)} exists already. Nothing was written.")
    words = {"name": name, "title": name.replace("_", " ").title(), "constant": name.upper()}
    words["type"] = words["title"].replace(" ", "")
    for source, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template((TEMPLATES / kind.word / source).read_text()).substitute(words))
    return list(targets.values())


def main(arguments: list[str]) -> int:
    """Scaffold what the two arguments name, a kind and a name; return the exit code."""
    if len(arguments) != 2 or arguments[0] not in KINDS:
        print("Say which: make new-gateway name=acme, or make new-helpdesk name=acme", file=sys.stderr)
        return 2
    kind, name = KINDS[arguments[0]], arguments[1]
    try:
        written = write(kind, name)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(f"wrote {path.relative_to(ROOT)}")
    print(f"\nLeft to do (docs/adding-a-{kind.word}.md has the order):")
    for line in kind.missing(name, ROOT):
        print(f"- {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
