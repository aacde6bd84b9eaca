"""Houses over a sandbox: the demo's configuration on free ports, new ones and copies of one that is prepared."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from billhouse import demo_config
from billhouse.house import House, open_house
from tests.billhouse.prepared import Prepared, prepare


@pytest.fixture
def house_over(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """A factory: house_over(sandbox) opens a new house on it; changes=(old, new) pairs edit its billhouse.toml."""
    with ExitStack() as stack:

        def make(sandbox: Any, *changes: tuple[str, str], name: str = "house") -> House:
            path = demo_config.write(
                tmp_path / name,
                url=sandbox.url,
                smtp_port=sandbox.smtp_port,
                dashboard_port=18501,
                portal_port=18600,
                dagster_port=13000,
            )
            text = path.read_text()
            for old, new in changes:
                assert old in text, f"{old!r} is not in the demo's configuration"
                text = text.replace(old, new)
            path.write_text(text)
            return stack.enter_context(open_house(path))

        yield make


@pytest.fixture(scope="session")
def quiet() -> Callable[[str, int], None]:
    """Progress that nobody watches."""
    return lambda _name, _total: None


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, quiet: Callable[[str, int], None]) -> Prepared:
    """A small company at all gateways, loaded and published once; `open` gives a copy of that moment."""
    return prepare(tmp_path_factory.mktemp("prepared"), quiet)
