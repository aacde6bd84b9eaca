"""Settings -> the command that starts the screens, and the secrets file that Streamlit's sign-in wants.

Streamlit reads its OpenID Connect secrets from a file only. It is written anew at every start, for our own
eyes (mode 0600), and its place is given on the command line; the secrets never are.
"""

import os
import sys
from pathlib import Path

import tomlkit

from billing.errors import ConfigError
from billing.settings import Settings

SCRIPT = Path(__file__).with_name("app.py")


def command(settings: Settings, config_path: Path) -> list[str]:
    """Return the command that serves the screens; run `write_secrets` before it."""
    return [
        sys.executable,
        *("-m", "streamlit", "run", str(SCRIPT)),
        *("--server.address", settings.serve.host),
        *("--server.port", str(settings.serve.dashboard_port)),
        *("--secrets.files", str(secrets_path(settings))),
        *("--", "--config", str(config_path)),
    ]


def secrets_path(settings: Settings) -> Path:
    """Return where Streamlit's secrets are written."""
    return settings.var / "streamlit" / "secrets.toml"


def redirect_uri(settings: Settings) -> str:
    """Return the address to which the provider sends people back; register it there."""
    serve = settings.serve
    base = serve.dashboard_url or f"http://{serve.host}:{serve.dashboard_port}"
    return f"{base.rstrip('/')}/oauth2callback"


def write_secrets(settings: Settings) -> Path:
    """Write the secrets file and return its path.

    Raises:
        ConfigError: there is no [sign_in] table.
    """
    sign_in = settings.sign_in
    if sign_in is None:
        raise ConfigError("The screens need a [sign_in] table with an OpenID Connect provider. Add it.")
    auth = {
        "redirect_uri": redirect_uri(settings),
        "cookie_secret": sign_in.cookie_secret.get_secret_value(),
        "client_id": sign_in.client_id,
        "client_secret": sign_in.client_secret.get_secret_value(),
        "server_metadata_url": f"{sign_in.issuer.rstrip('/')}/.well-known/openid-configuration",
    }
    path = secrets_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(tomlkit.dumps({"auth": auth}))
    fresh.replace(path)
    return path
