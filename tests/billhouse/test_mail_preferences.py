"""`billhouse mail`: what an address is mailed, shown and changed on the record; one that is good again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from billhouse.main import app
from billing.errors import NotAllowed
from billing.store import audit, open_store, sent_mail, transaction
from tests.billhouse.test_documents import CONFIG

Run = Callable[..., Result]
WHY = ("--reason", "She asked", "--as", "ana@lampa.example")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("--no-receipts") -> what `billhouse mail preferences Maria@example.com --no-receipts` did."""
    path = tmp_path / "billhouse.toml"
    path.write_text(CONFIG)
    (tmp_path / "secret").write_text("sk_test_1")

    def invoke(*words: str) -> Result:
        command = ["--config", str(path), "mail", "preferences", "Maria@example.com", *words]
        return CliRunner().invoke(app, command)

    return invoke


def kinds(tmp_path: Path) -> list[tuple[str, str]]:
    engine = open_store(f"sqlite:///{tmp_path}/store.db")
    with transaction(engine) as connection:
        found = [(one["type"], one["channel"]) for one in audit.entries(connection)]
    engine.dispose()
    return found


def test_without_a_switch_they_are_shown(run: Run, tmp_path: Path) -> None:
    shown = run()
    assert shown.exit_code == 0, shown.output
    assert [line.split() for line in shown.output.splitlines()] == [
        ["Maria@example.com"],
        *([topic, "mailed"] for topic in ("receipts", "refunds", "reminders", "notices")),
    ]
    assert kinds(tmp_path) == []


def test_a_switch_changes_its_topic_alone(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("--no-receipts", "--notices", *WHY, "--json").output)
    email = {"email": "Maria@example.com"}
    assert told == email | {"receipts": False, "refunds": True, "reminders": True, "notices": True}
    assert "not mailed" in run().output
    assert json.loads(run("--receipts", *WHY, "--json").output) == told | {"receipts": True}
    assert kinds(tmp_path) == [("mail.preferences.changed", "cli")] * 2


def test_a_change_needs_a_reason_and_somebody_who_may(run: Run, tmp_path: Path) -> None:
    asked = run("--no-receipts")
    assert asked.exit_code == 2
    assert "--reason" in asked.output
    stranger = run("--no-receipts", "--reason", "x", "--as", "eve@lampa.example")
    assert isinstance(stranger.exception, NotAllowed)
    assert kinds(tmp_path) == [("mail.preferences.denied", "cli")]
    assert "not mailed" not in run().output


def test_an_address_is_forgiven_by_who_may_alone(run: Run, tmp_path: Path) -> None:
    command = ["--config", str(tmp_path / "billhouse.toml"), "mail", "forgive", "Maria@example.com", *WHY]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0, said.output
    assert "nothing is changed" in said.output
    engine = open_store(f"sqlite:///{tmp_path}/store.db")
    with transaction(engine) as connection:
        sent_mail.bounced(connection, "<1@x>", "maria@example.com", None, "5.1.1", "No such user")
    engine.dispose()
    assert json.loads(CliRunner().invoke(app, [*command, "--json"]).output)["reports_dropped"] == 1
    assert kinds(tmp_path) == [("mail.bounces.forgiven", "cli")]
    other = [*command[:-1], "nobody@lampa.example"]
    assert isinstance(CliRunner().invoke(app, other).exception, NotAllowed)
