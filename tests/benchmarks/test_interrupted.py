"""A small run that is killed at every stage: one number, one file and one letter for each payment."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks import interrupted

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_run_that_is_killed_at_every_stage_does_everything_once() -> None:
    command = [sys.executable, "-m", "benchmarks.interrupted", "--number", "80", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["payments"], found["documents"]) == (80, 80)
    assert found["issued_once"] is found["printed_once"] is found["mailed_once"] is True
    assert found["mails"] == 80 + found["twins"]
    issuing, printing, *mailing = found["kills"]
    assert issuing["while"] == "issuing"
    assert 0 < issuing["issued"] < 80
    assert printing["while"] == "printing"
    assert 0 < printing["mailed"] < 80
    assert [kill["while"] for kill in mailing] == ["mailing", "mailing"]
    assert printing["mailed"] < mailing[0]["mailed"] < mailing[1]["mailed"] < 80
    assert found["twins"] <= len(mailing)


def letters(*named: tuple[str, str]) -> dict[str, Counter[str]]:
    mails = [{"subject": f"Your invoice ({label})", "message_id": identity} for label, identity in named]
    return interrupted.letters_of(mails)


@pytest.mark.parametrize(
    ("named", "is_once", "twins"),
    [
        ([("INV-2026-1", "a"), ("INV-2026-2", "b")], True, 0),
        ([("INV-2026-1", "a"), ("INV-2026-1", "a"), ("INV-2026-2", "b")], True, 1),
        ([("INV-2026-1", "a"), ("INV-2026-1", "x"), ("INV-2026-2", "b")], False, 0),
        ([("INV-2026-1", "a")], False, 0),
        ([("INV-2026-1", "a"), ("INV-2026-2", "b"), ("INV-2026-3", "c")], False, 0),
    ],
)
def test_a_letter_that_is_missing_strange_or_written_twice_is_noticed(
    named: list[tuple[str, str]], is_once: bool, twins: int
) -> None:
    found: dict[str, Any] = interrupted.mailed(letters(*named), {"INV-2026-1", "INV-2026-2"})
    assert found == {"mailed_once": is_once, "mails": len(named), "twins": twins}


@pytest.mark.parametrize(
    ("numbers", "refs"), [([1, 3], ["a", "b"]), ([1, 2], ["a", "a"]), ([1, 1], ["a", "b"]), ([1], ["a"])]
)
def test_a_gap_a_twin_or_a_payment_left_out_is_noticed(numbers: list[int], refs: list[str]) -> None:
    def is_once(numbers: list[int], refs: list[str]) -> bool:
        named = [("INV-2026", number, ref) for number, ref in zip(numbers, refs, strict=True)]
        return interrupted.is_issued_once(named, {"a", "b"})

    assert is_once([1, 2], ["a", "b"])
    assert not is_once(numbers, refs)
