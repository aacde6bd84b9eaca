"""Run several processes as one: start all, stop all. One that ends by itself ends the house, and is named."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import FrameType

from billing.errors import BillhouseError

PATIENCE_SECONDS = 8  # between the polite signal and the other one: all are gone within ten seconds


@dataclass(frozen=True, slots=True)
class Part:
    """One process: its name and its command."""

    name: str
    command: Sequence[str]


def run_all(parts: Sequence[Part], log_folder: Path, ready: threading.Event | None = None) -> None:
    """Start the parts, each in its own process group and with its own log, and wait for SIGTERM or Ctrl-C.

    Raises:
        BillhouseError: a part ended by itself; the text names it and ends its log. The others are stopped.
    """
    log_folder.mkdir(parents=True, exist_ok=True)
    asked = threading.Event()
    before = {number: signal.signal(number, _asker(asked)) for number in (signal.SIGTERM, signal.SIGINT)}
    running: list[tuple[Part, subprocess.Popen[bytes]]] = []
    try:
        for part in parts:
            running.append((part, _start(part, log_folder)))  # noqa: PERF401 - what started must be stopped
        if ready:
            ready.set()
        while not asked.wait(0.5):
            for part, process in running:
                if process.poll() is not None:
                    raise BillhouseError(_obituary(part, process, log_folder))
    finally:
        stop_all([process for _, process in running])
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask every process group to end, and end what has not after eight seconds."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = monotonic() + PATIENCE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()
    for process in processes:
        _signal_group(process, signal.SIGKILL)  # children that outlived their parent


def _start(part: Part, log_folder: Path) -> subprocess.Popen[bytes]:
    with (log_folder / f"{part.name}.log").open("wb") as log:
        return subprocess.Popen(
            part.command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return  # the whole group is gone already


def _asker(asked: threading.Event) -> "signal._HANDLER":
    def handle(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    return handle


def _obituary(part: Part, process: subprocess.Popen[bytes], log_folder: Path) -> str:
    path = log_folder / f"{part.name}.log"
    tail = path.read_text(errors="replace")[-1500:].strip()
    return f"{part.name} ended by itself with {process.returncode}. The end of {path}:\n{tail}"
