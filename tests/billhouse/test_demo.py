"""The main job as a newcomer runs it: the command, its exit code, and its last line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
    assert set(result["second_cycle"].values()) == {0}, result["second_cycle"]
    assert result["checks"]["failed"] == 0
    assert result["checks"]["passed"] > 50
    counts = result["counts"]
    assert counts["customers"] >= 200
    assert counts["charges"] > counts["refunds"] > 0
    assert counts["documents_issued"] == counts["mails_sent"] > 0
    assert counts["contacts_synced"] > 0
    assert result["seconds"]["total"] < 180


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
