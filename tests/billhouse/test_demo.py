"""The main job as a newcomer runs it: the command, its exit code, and its last line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from billhouse.demo import is_right
from helpdesk_sync import contexts
from helpdesk_sync.registry import HELPDESKS

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_demo_once_equals_the_ledger_and_is_quiet_the_second_time(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "billhouse", "demo", "--once", "--json", "--folder", str(tmp_path / "demo")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=390,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    result = json.loads(done.stdout.strip().splitlines()[-1])

    assert result["control_totals"]
    assert [row for row in result["control_totals"] if row["ours_minor"] != row["ledger_minor"]] == []
    currencies = {row["currency"] for row in result["control_totals"]}
    assert {"EUR", "USD", "GBP", "PLN", "JPY", "KWD", "ISK"} <= currencies
    measures = {row["measure"] for row in result["control_totals"]}
    assert {"charged", "refunded", "invoiced", "taxed", "disputed", "fees", "net"} <= measures
    assert {name: part["different"] for name, part in result["finance"].items()} == {
        "revenue": [],
        "tax": [],
        "mrr": [],
    }
    assert all(part["compared"] > 400 for part in result["finance"].values())
    assert set(result["helpdesks"]) == set(HELPDESKS)
    for name, part in result["helpdesks"].items():
        assert (part["different"], part["second_cycle_writes"]) == ([], 0), name
        assert part["contacts_compared"] > 100, name
        assert part["fields_compared"] == part["contacts_compared"] * len(contexts.FIELDS)
    held = sum(part["contacts_compared"] for part in result["helpdesks"].values())
    assert held == result["counts"]["contacts_synced"], "every contact that we wrote was looked at"
    assert set(result["second_cycle"].values()) == {0}, result["second_cycle"]
    assert result["checks"]["failed"] == 0
    assert result["checks"]["passed"] > 50
    counts = result["counts"]
    assert counts["customers"] >= 200
    assert counts["charges"] > counts["refunds"] > 0
    assert counts["documents_issued"] == counts["mails_sent"] > 0
    documents = result["documents"]
    assert sum(documents["kinds"].values()) == counts["documents_issued"]
    assert {"invoice", "branded_copy", "receipt", "credit_note", "refund_receipt"} <= set(documents["kinds"])
    assert (documents["taxes"]["different"], documents["gaps"]) == ([], [])
    assert documents["taxes"]["compared"] > 5
    assert counts["contacts_synced"] > 0


RIGHT: dict[str, Any] = {
    "control_totals": [{"ours_minor": 4900, "ledger_minor": 4900}],
    "control_totals_by_day": {"compared": 1, "different": []},
    "finance": {name: {"compared": 1, "different": []} for name in ("revenue", "tax", "mrr")},
    "helpdesks": {
        name: {"contacts_compared": 1, "different": [], "second_cycle_writes": 0} for name in HELPDESKS
    },
    "documents": {"taxes": {"compared": 1, "different": []}, "gaps": []},
    "second_cycle": {"rows_changed": 0},
    "problems": [],
}


def test_a_demo_whose_figures_differ_is_not_right() -> None:
    assert is_right(RIGHT)
    for name in ("revenue", "tax", "mrr"):
        for wrong in ({"compared": 1, "different": [{"ours_minor": 1}]}, {"compared": 0, "different": []}):
            assert not is_right({**RIGHT, "finance": {**RIGHT["finance"], name: wrong}})
    assert not is_right({**RIGHT, "control_totals": [{"ours_minor": 4900, "ledger_minor": 4800}]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"gaps": ["missing 2"]},
        {"taxes": {"compared": 0, "different": []}},
        {"taxes": {"compared": 1, "different": [{"rate": "19"}]}},
    ],
)
def test_a_demo_with_wrong_documents_is_not_right(wrong: dict[str, Any]) -> None:
    assert not is_right({**RIGHT, "documents": {**RIGHT["documents"], **wrong}})


@pytest.mark.parametrize("helpdesk", HELPDESKS)
@pytest.mark.parametrize(
    "wrong",
    [{"contacts_compared": 0}, {"different": [{"field": "billhouse_plan"}]}, {"second_cycle_writes": 1}],
)
def test_a_demo_with_one_wrong_helpdesk_is_not_right(helpdesk: str, wrong: dict[str, Any]) -> None:
    part = {**RIGHT["helpdesks"][helpdesk], **wrong}
    assert not is_right({**RIGHT, "helpdesks": {**RIGHT["helpdesks"], helpdesk: part}})


def test_a_folder_that_is_not_a_demos_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "billhouse", "demo", "--once", "--folder", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "is not a demo's folder" in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"
