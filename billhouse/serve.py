"""`billhouse serve`: screens, portal, worker and Dagster as one, each a process of its own."""

import sys
from collections.abc import Callable, Mapping

import uvicorn

import dashboards.launch
import portal.app
from billhouse.house import House
from billhouse.supervisor import Part, run_all
from billing.errors import ConfigError

PARTS = ("dashboard", "portal", "worker", "dagster")


def addresses(house: House) -> dict[str, str]:
    """Return where each part answers."""
    serve = house.settings.serve
    return {
        "dashboard": f"http://{serve.host}:{serve.dashboard_port}",
        "portal": f"http://{serve.host}:{serve.portal_port}/healthz",
        "dagster": f"http://{serve.host}:{serve.dagster_port}",
    }


def serve_portal(house: House) -> None:
    """Run the portal in this process until it is told to stop."""
    serve = house.settings.serve
    uvicorn.run(
        portal.app.build(house.settings), host=serve.host, port=serve.portal_port, log_level="warning"
    )


def serve_all(house: House, announce: Callable[[Mapping[str, str]], None]) -> None:
    """Start every part and stay until SIGTERM or Ctrl-C; `announce` is given the addresses.

    Raises:
        ConfigError: there is no [sign_in] table, without which the screens cannot open.
        BillhouseError: a part ended by itself.
    """
    if house.settings.sign_in is None:
        raise ConfigError("The screens need a [sign_in] table. Add it, or run `billhouse worker` alone.")
    announce(addresses(house))
    run_all([_part(house, name) for name in PARTS], house.settings.var / "log")


def _part(house: House, name: str) -> Part:
    config = house.config_path.resolve()
    if name == "dashboard":
        dashboards.launch.write_secrets(house.settings)
        return Part(name, dashboards.launch.command(house.settings, config))
    modules = {
        "dagster": ["dagster_defs", "--config", str(config)],
        "portal": ["billhouse", "--config", str(config), "serve", "--only", "portal"],
        "worker": ["billhouse", "--config", str(config), "worker"],
    }
    return Part(name, [sys.executable, "-m", *modules[name]])
