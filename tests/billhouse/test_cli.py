"""The command line's manners: help and --json everywhere, clear errors, exit codes."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from billhouse import main
from billing.errors import ConfigError


def _commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if hasattr(group, "commands"):
        return [found for name, sub in group.commands.items() for found in _commands(sub, (*path, name))]
    return [(path, group)]


def all_commands() -> list[tuple[tuple[str, ...], Any]]:
    return _commands(typer.main.get_command(main.app))


@pytest.mark.parametrize(
    ("path", "command"), all_commands(), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_and_json(path: tuple[str, ...], command: Any) -> None:
    shown = CliRunner().invoke(main.app, [*path, "--help"])
    assert shown.exit_code == 0
    assert command.help
    if path != ("sandbox",):  # it passes its arguments on, and prints JSON anyhow
        assert "--json" in re.sub(r"\x1b\[[0-9;]*m", "", shown.output)


def test_the_commands_are_those_that_the_readme_promises() -> None:
    names = {" ".join(path) for path, _ in all_commands()}
    promised = {"demo", "sandbox", "check", "ingest", "build", "cycle", "lookup", "refund", "audit list"}
    promised |= {"audit verify", "documents run", "sync", "sql", "worker", "serve"}
    assert promised <= names


def test_a_missing_configuration_says_what_to_do(tmp_path: Path) -> None:
    result = CliRunner().invoke(main.app, ["--config", str(tmp_path / "none.toml"), "lookup", "x"])
    assert isinstance(result.exception, ConfigError)
    assert "billhouse.example.toml" in str(result.exception)


def test_run_ends_with_two_for_a_wrong_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["billhouse", "--config", str(tmp_path / "none.toml"), "check"])
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == 2
    assert "none.toml cannot be read" in capsys.readouterr().err
