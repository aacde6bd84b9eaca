"""What exists is in the docs, and what the docs promise exists."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest
import typer
from pydantic import BaseModel, SecretStr

from billing.settings import load
from billing.settings_model import Settings
from gateways import REGISTRY

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / "billhouse.example.toml").read_text()
MARTS = (ROOT / "docs" / "marts.md").read_text()


def commands() -> Iterator[str]:
    from billhouse.main import app

    def walk(command: click.Command, path: str) -> Iterator[str]:
        children = getattr(command, "commands", None)
        if children is None:
            yield path
            return
        for name, child in children.items():
            yield from walk(child, f"{path} {name}")

    yield from walk(typer.main.get_command(app), "billhouse")


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of the configuration as "table.key"; lists and dicts of tables count once."""
    for name, field in model.model_fields.items():
        inner = [t for t in flat(field.annotation) if isinstance(t, type) and issubclass(t, BaseModel)]
        if inner:
            for table in inner:
                yield from keys(table, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def flat(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from flat(part)


COMMANDS = sorted(commands())


def documented(command: str) -> bool:
    """Found as written, or in a row that lists several last words, as `billhouse sandbox up\\|ledger`."""
    head, _, last = command.rpartition(" ")
    rows = [line for line in README.splitlines() if head in line]
    return any(re.search(rf"\b{re.escape(last)}\b", line.split(head, 1)[1]) for line in rows)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert documented(command)


def test_the_readme_promises_no_command_that_does_not_exist() -> None:
    promised = set(re.findall(r"`(?:\.venv/bin/)?billhouse ([a-z]+)", README))
    assert promised <= {command.split()[1] for command in COMMANDS}


@pytest.mark.parametrize("key", sorted(set(keys(Settings))))
def test_every_setting_is_in_the_example(key: str) -> None:
    if key.startswith("entities."):
        assert re.search(r"\[entities\.\w+\].*with \[company\]'s keys", EXAMPLE), (
            "[entities] is not explained"
        )
        key = key.replace("entities", "company", 1)
    table, _, name = key.rpartition(".")
    head = table.split(".")[0]
    part = EXAMPLE if not table else EXAMPLE[max(EXAMPLE.find(f"[{head}"), EXAMPLE.find(f"[[{head}")) :]
    assert re.search(rf"^[# ]*{re.escape(name)} *=", part, re.MULTILINE), f"{key} is not explained"
    if table:
        assert re.search(rf"\[\[?{re.escape(head)}\b", EXAMPLE), f"[{head}] is not explained"


def test_the_example_is_a_valid_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, and with every commented line taken in: no key in it is a dream."""
    for variable in re.findall(r'"env:([A-Z0-9_]+)"', EXAMPLE):
        monkeypatch.setenv(variable, "a-secret")
    (tmp_path / "billhouse.toml").write_text(EXAMPLE)
    settings = load(tmp_path / "billhouse.toml")
    assert isinstance(settings.gateways.stripe[0].secret_key, SecretStr)
    tomllib.loads(EXAMPLE)


@pytest.mark.parametrize("gateway", REGISTRY)
def test_every_gateway_is_in_the_readme(gateway: str) -> None:
    assert REGISTRY[gateway].title in README


def test_every_mart_is_in_the_docs_and_no_other() -> None:
    models = {path.stem for path in (ROOT / "dbt_project" / "models" / "marts").glob("*.sql")}
    told = set(re.findall(r"^\| `([a-z_]+)` \|", MARTS, re.MULTILINE))
    assert told == models | {"published"}


def test_every_make_target_is_in_the_readme_and_in_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    targets = set(phony.group(1).split())
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+)", helped, re.MULTILINE)) == targets
    assert {target for target in targets if f"make {target}" not in README} == set()


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/adding-a-gateway.md",
        "docs/adding-a-helpdesk.md",
    ],
)
def test_paths_that_a_document_names_exist(document: str) -> None:
    text = (ROOT / document).read_text()
    tops = {path.name for path in ROOT.iterdir()}
    named = {
        found
        for found in re.findall(r"[`(]([\w./-]+/[\w./-]*|[\w-]+\.(?:md|toml|yaml|png))[`)]", text)
        if found.split("/")[0] in tops and "acme" not in found
    }
    assert {
        path for path in named if not (ROOT / path).exists() and not path.startswith(("var", ".venv"))
    } == set()
