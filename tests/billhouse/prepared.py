"""A small company at all five gateways, loaded and published once a process; tests begin from copies of that."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from billhouse import demo_config
from billhouse.cycle import run_cycle
from billhouse.house import House, open_house
from billing import clock
from tests.conftest import Sandbox, start_sandbox

GATEWAY_OF = {
    "stripe_eu": "stripe",
    "stripe_us": "stripe",
    "paypal_main": "paypal",
    "braintree_main": "braintree",
    "woo_eu": "woocommerce",
    "woo_us": "woocommerce",
    "recurly_main": "recurly",
}
_MEMORY = "sandbox.sqlite"


@dataclass(frozen=True)
class Prepared:
    """A house and its vendors' memory, as they were after one green cycle.

    All copies live at one place and ports, one after the other: what vendors answer holds their own address, and
    dbt keeps what it has parsed by the house's.
    """

    folder: Path
    port: int
    smtp_port: int

    @contextmanager
    def open(self) -> Iterator[tuple[Sandbox, House]]:
        """Put house and vendors back as they were, and open both."""
        with self.sandbox() as sandbox, self.house() as house:
            yield sandbox, house

    @contextmanager
    def house(self) -> Iterator[House]:
        """Put the house back as it was, and open it; its vendors are wherever they are."""
        place, kept = self.folder / "place" / "house", self.folder / "kept" / "house"
        shutil.rmtree(place, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, place)
        config = demo_config.write(
            place,
            url=f"http://127.0.0.1:{self.port}",
            smtp_port=self.smtp_port,
            dashboard_port=18501,
            portal_port=18600,
            dagster_port=13000,
        )
        with open_house(config) as house:
            yield house

    @contextmanager
    def sandbox(self, memory: Path | None = None) -> Iterator[Sandbox]:
        """Start the vendors with what they remembered then, or with what `remember` kept in another folder."""
        place, kept = self.folder / "place" / "vendors", memory or self.folder / "kept" / "vendors"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        if kept.exists():
            shutil.copy(kept / _MEMORY, place / _MEMORY)
        ports = ("--port", str(self.port), "--smtp-port", str(self.smtp_port))
        sandbox = start_sandbox(place, "--customers", "20", *ports)
        try:
            yield sandbox
        finally:
            sandbox.stop()


def prepare(folder: Path, quiet: Callable[[str, int], None]) -> Prepared:
    """Make up the company, load it, build, publish and send what is due."""
    made = Prepared(folder, *_free_ports())
    with made.open() as (sandbox, house):
        report = run_cycle(house, quiet)
        assert report.is_green, report.problems + report.checks_failed
        remember(sandbox, folder / "kept" / "vendors")
    shutil.copytree(folder / "place" / "house", folder / "kept" / "house")
    return made


def remember(sandbox: Sandbox, folder: Path) -> None:
    """Keep what the vendors remember now in a folder."""
    folder.mkdir(parents=True)
    with sqlite3.connect(sandbox.state / _MEMORY) as living, sqlite3.connect(folder / _MEMORY) as kept:
        living.backup(kept)


@contextmanager
def keeping_time_with(sandbox: Sandbox) -> Iterator[None]:
    """Let our own clock show what the vendors' does, as it would if their time were not made up."""
    ahead = datetime.fromisoformat(sandbox.control("clock")["now"]) - datetime.now(UTC)
    clock.replace(lambda: datetime.now(UTC) + ahead)
    try:
        yield
    finally:
        clock.replace(None)


def _free_ports() -> tuple[int, int]:
    """Find two ports below those that the system gives away by itself: they are free again after each use."""
    first = 20000 + os.getpid() % 10000
    free = [port for port in range(first, first + 200) if _is_free(port)]
    return free[0], free[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
