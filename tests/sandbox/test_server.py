"""The sandbox as a process: the ready line, the controls, the request log, a quick and clean end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
ZENDESK = ("api@lampa.example/token", "zendesk_sandbox_token")


def client(url: str, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *args, "--url", url]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_two_seconds_even_with_requests_on_hold(
    plan: Any, fresh_sandbox: Callable[..., Any], number: signal.Signals
) -> None:
    running = fresh_sandbox()
    plan(running, path="/mail/messages", kind="delay", seconds=30)
    port = httpx.URL(running.url).port or 0
    with (
        httpx.Client() as idle,
        socket.create_connection(("127.0.0.1", running.smtp_port)),
        socket.create_connection(("127.0.0.1", port)) as held,
    ):
        idle.get(f"{running.url}/control/clock")
        held.sendall(b"GET /mail/messages HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        asked = time.monotonic()
        running.process.send_signal(number)
        code = running.process.wait(5)
    assert time.monotonic() - asked < 2.0
    assert code == 0
    assert not is_open(port)
    assert not is_open(running.smtp_port)
    with pytest.raises(ProcessLookupError):
        os.kill(running.process.pid, 0)


def test_a_restart_finds_the_same_memory(start_sandbox: Any, tmp_path: Path) -> None:
    first = start_sandbox(tmp_path / "state", "--customers", "20")
    ledger = first.control("ledger")
    moved = first.control("clock", advance_days=2)["timestamp"]
    key = httpx.get(f"{first.url}/oidc/jwks").json()
    first.stop()
    again = start_sandbox(tmp_path / "state", "--customers", "20")
    try:
        assert again.control("clock")["timestamp"] >= moved
        assert httpx.get(f"{again.url}/oidc/jwks").json() == key
        assert {row["account"] for row in again.control("ledger")["rows"]} == {
            row["account"] for row in ledger["rows"]
        }
    finally:
        again.stop()


def test_a_taken_port_is_told_in_words_and_not_by_a_traceback(house: Any, tmp_path: Path) -> None:
    port = str(httpx.URL(house.url).port)
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "up",
        "--port",
        port,
        "--smtp-port",
        "0",
        "--state",
        str(tmp_path),
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert f"port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_ledger_has_rows_and_counts(house: Any) -> None:
    ledger = house.control("ledger")
    assert {"gateway", "account", "currency", "measure", "minor"} <= set(ledger["rows"][0])
    assert all(isinstance(row["minor"], int) for row in ledger["rows"])
    assert ledger["counts"]["stripe_eu"]["customers"] > 0


def test_the_clock_moves_forward_only(house: Any) -> None:
    before = house.control("clock")["timestamp"]
    after = house.control("clock", advance_seconds=3600)["timestamp"]
    assert 3600 <= after - before < 3700
    back = httpx.post(f"{house.url}/control/clock", json={"advance_seconds": -5})
    assert (back.status_code, back.json()) == (400, {"error": "the clock only goes forward"})


def test_requests_are_logged_with_their_keys_and_controls_are_not(house: Any) -> None:
    house.forget("requests")
    house.control("clock")
    headers = {"Idempotency-Key": "once-1"}
    httpx.get(f"{house.url}/zendesk/api/v2/users/me.json?x=1", auth=ZENDESK, headers=headers)
    httpx.get(f"{house.url}/mail/messages")
    logged = house.control("requests")
    assert [(entry["path"], entry["status"]) for entry in logged] == [
        ("/zendesk/api/v2/users/me.json", 200),
        ("/mail/messages", 200),
    ]
    assert logged[0]["idempotency_key"] == "once-1"
    assert logged[0]["query"] == "x=1"
    only = httpx.get(f"{house.url}/control/requests", params={"prefix": "/mail"}).json()
    assert [entry["path"] for entry in only] == ["/mail/messages"]
    house.forget("requests")
    assert house.control("requests") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"path": "/x", "kind": "flood"}),
        ("faults", {"path": "smtp", "kind": "truncate"}),
        ("faults", {"path": "/x", "kind": "500", "time": 3}),
        ("faults", {"path": "/x", "kind": "500", "times": 0}),
        ("limits", {"zendesk.nothing": 3}),
        ("act", {"vendor": "stripe", "deed": "limit", "requests_per_second": 0}),
        ("webhooks/resend", {}),
        ("webhooks/target", {"account": "stripe_eu"}),
    ],
)
def test_nonsense_is_refused_in_words(house: Any, path: str, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{house.url}/control/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_event_that_never_was_cannot_be_sent_again(house: Any) -> None:
    answer = httpx.post(f"{house.url}/control/webhooks/resend", json={"event_id": "evt_none"})
    assert answer.status_code == 404


def test_the_command_line_talks_to_a_running_sandbox(house: Any) -> None:
    assert "rows" in json.loads(client(house.url, "ledger").stdout)
    assert json.loads(client(house.url, "clock", "--advance-seconds", "5").stdout)["timestamp"] > 0
    planned = client(house.url, "fault", "--path", "/nowhere", "--kind", "429", "--times", "2")
    assert json.loads(planned.stdout)["id"] > 0
    listed = json.loads(client(house.url, "fault").stdout)
    assert [(fault["path"], fault["kind"], fault["times"]) for fault in listed] == [("/nowhere", "429", 2)]
    assert json.loads(client(house.url, "fault", "--clear").stdout) == []
    refused = client(house.url, "fault", "--path", "/nowhere", "--kind", "flood")
    assert refused.returncode == 1
    assert "flood" in refused.stdout


def test_the_command_line_says_when_nobody_answers() -> None:
    silent = client("http://127.0.0.1:9", "clock")
    assert (silent.returncode, silent.stdout) == (1, "")
    assert "python -m sandbox up" in silent.stderr
    assert "Traceback" not in silent.stderr
