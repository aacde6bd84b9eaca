"""The supervisor: all stop within ten seconds, stubborn ones and grandchildren too; a dead part is named."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from billhouse.supervisor import Part, run_all
from billing.errors import BillhouseError

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""

HOUSE = """
import sys
from pathlib import Path
from billhouse.supervisor import Part, run_all
folder = Path(sys.argv[1])
stubborn = Part("stubborn", [sys.executable, str(folder / "stubborn.py"), str(folder / "pid")])
polite = Part("polite", [sys.executable, "-c", "import time; time.sleep(600)"])
run_all([polite, stubborn], folder / "log")
"""


@pytest.mark.slow
def test_sigterm_ends_everything_within_ten_seconds(tmp_path: Path) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    house = subprocess.Popen([sys.executable, "-c", HOUSE, str(tmp_path)], cwd=Path(__file__).parents[2])
    pid_file = tmp_path / "pid"
    for _ in range(200):
        if pid_file.exists() and pid_file.read_text():
            break
        time.sleep(0.1)
    everyone = psutil.Process(house.pid).children(recursive=True)
    assert len(everyone) == 3
    begun = time.monotonic()
    house.send_signal(signal.SIGTERM)
    assert house.wait(15) == 0
    assert time.monotonic() - begun < 10
    _, left = psutil.wait_procs(everyone, timeout=1)
    # A dead orphan that the machine's first process has not collected yet is no orphan at work.
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_part_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    dying = Part("dying", [sys.executable, "-c", "raise SystemExit('no port is free')"])
    with pytest.raises(BillhouseError, match=r"dying ended by itself with 1(?s:.)*no port is free"):
        run_all([dying], tmp_path)
