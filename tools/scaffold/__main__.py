"""`python -m tools.scaffold acme`: write a gateway's files and print what is left to do."""

import re
import sys
from pathlib import Path
from string import Template

from tools.scaffold.missing import missing

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).parent / "templates"

# Template -> where it goes.
PLACES = {
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
}


def write(name: str, root: Path = ROOT) -> list[Path]:
    """Write the templates of a gateway and return the new files; nothing that exists is touched.

    Raises:
        ValueError: the name is not one lower-case word, or the gateway has a file already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError("A gateway's name is one lower-case word, like acme: it names folders and schemas.")
    targets = {source: root / place.format(name=name) for source, place in PLACES.items()}
    if there := [path for path in targets.values() if path.exists()]:
        raise ValueError(f"{there[0].relative_to(root)} exists already. Nothing was written.")
    words = {"name": name, "title": name.replace("_", " ").title(), "constant": name.upper()}
    words["type"] = words["title"].replace(" ", "")
    for source, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template((TEMPLATES / source).read_text()).substitute(words))
    return list(targets.values())


def main(arguments: list[str]) -> int:
    """Scaffold the gateway named by the only argument; return the exit code."""
    if len(arguments) != 1:
        print("Say which: make new-gateway name=acme", file=sys.stderr)
        return 2
    try:
        written = write(arguments[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(f"wrote {path.relative_to(ROOT)}")
    print("\nLeft to do (docs/adding-a-gateway.md has the order):")
    for line in missing(arguments[0], ROOT):
        print(f"- {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
