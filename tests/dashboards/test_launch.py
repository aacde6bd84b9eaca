"""What `billhouse serve` hands to Streamlit: a command without secrets, and a file that only we may read."""

import importlib.util
import stat
import tomllib
from pathlib import Path

import pytest

from billing.errors import ConfigError
from billing.settings_model import Settings
from dashboards import launch


def test_the_secrets_file_is_ours_alone_and_whole(config: Settings) -> None:
    for _ in range(2):  # a second start replaces it
        path = launch.write_secrets(config)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tomllib.loads(path.read_text()) == {
        "auth": {
            "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
            "cookie_secret": "a-secret-of-the-tests",
            "client_id": "billhouse",
            "client_secret": "a-secret-of-the-tests",
            "server_metadata_url": "https://id.lampa.example/.well-known/openid-configuration",
        }
    }


def test_the_command_names_the_files_and_holds_no_secret(config: Settings, config_path: Path) -> None:
    command = launch.command(config, config_path)
    assert str(launch.secrets_path(config)) in command
    assert command[-3:] == ["--", "--config", str(config_path)]
    assert "a-secret-of-the-tests" not in " ".join(command)


def test_behind_a_proxy_people_come_back_to_its_address(config: Settings) -> None:
    serve = config.serve.model_copy(update={"dashboard_url": "https://billing.example.com/"})
    behind = config.model_copy(update={"serve": serve})
    assert launch.redirect_uri(behind) == "https://billing.example.com/oauth2callback"


def test_without_sign_in_there_are_no_screens(config: Settings) -> None:
    with pytest.raises(ConfigError, match=r"\[sign_in\]"):
        launch.write_secrets(config.model_copy(update={"sign_in": None}))


@pytest.mark.parametrize("path", sorted(launch.SCRIPT.parent.iterdir()), ids=lambda path: path.stem)
def test_no_file_beside_the_script_hides_a_library(path: Path) -> None:
    """Streamlit puts the script's folder first on the path."""
    name = path.stem
    if name.startswith((".", "__")) or name == "app":
        return
    spec = importlib.util.find_spec(name)
    assert spec is None, f"dashboards/{path.name} is named like {spec.origin}"
