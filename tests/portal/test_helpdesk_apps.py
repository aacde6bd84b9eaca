"""What administrators install: packages with our addresses and no secret, the same whenever they are built."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from billing.settings_helpdesks import Helpdesks
from tools import helpdesk_apps

ROOT = Path(__file__).parents[2]
URL = "https://billing.example.com/house"
WHO = {"company": 'Lampa "Studio"', "email": "a@lampa.example"}


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Path]:
    accounts = {name: [name] for name in Helpdesks.model_fields}
    return {path.name: path for path in helpdesk_apps.write(tmp_path, URL, accounts, WHO)}


def read(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read(name).decode()


def test_each_helpdesk_has_a_package_or_a_page_and_instructions(made: dict[str, Path]) -> None:
    assert set(made) == {
        "zendesk-zendesk.zip",
        "freshdesk-freshdesk.zip",
        "helpscout-helpscout.md",
        "intercom-intercom.md",
        "front-front.md",
    }
    for name in Helpdesks.model_fields:
        assert (ROOT / "docs" / "helpdesks" / f"{name}.md").exists()
    for path in made.values():
        if path.suffix == ".md":
            assert f"{URL}/panels/" in path.read_text()


def test_no_place_is_left_open(made: dict[str, Path]) -> None:
    for path in made.values():
        if path.suffix == ".md":
            texts = [path.read_text()]
        else:
            with zipfile.ZipFile(path) as package:
                names = [name for name in package.namelist() if not name.endswith(".png")]
                texts = [package.read(name).decode() for name in names]
        assert not [text for text in texts if re.search(r"@[a-z_]+@", text)]


def test_zendesks_package(made: dict[str, Path]) -> None:
    path = made["zendesk-zendesk.zip"]
    manifest = json.loads(read(path, "manifest.json"))
    assert manifest["signedUrls"] is True
    assert manifest["location"]["support"]["ticket_sidebar"]["url"] == f"{URL}/panels/zendesk/zendesk"
    assert manifest["author"]["name"] == "Lampa 'Studio'"
    with zipfile.ZipFile(path) as package:
        assert {"assets/logo.png", "assets/logo-small.png", "translations/en.json"} <= set(package.namelist())
        assert package.read("assets/logo.png")[:4] == b"\x89PNG"
    assert json.loads(read(path, "translations/en.json"))["app"]["name"] == "Billhouse"


def test_freshdesks_package(made: dict[str, Path]) -> None:
    path = made["freshdesk-freshdesk.zip"]
    manifest = json.loads(read(path, "manifest.json"))
    assert manifest["platform-version"] == "3.0"
    schema = json.loads(read(path, "config/requests.json"))["openPanel"]["schema"]
    assert schema["host"] == "billing.example.com", "a host without a path"
    assert schema["path"] == "/house/panels/freshdesk/freshdesk/open"
    assert schema["headers"]["X-Billhouse-Secret"] == "<%= iparam.panel_secret %>"
    assert json.loads(read(path, "config/iparams.json"))["panel_secret"]["secure"] is True
    assert "openPanel" in manifest["modules"]["common"]["requests"]


def test_the_same_sources_give_the_same_package(made: dict[str, Path], tmp_path: Path) -> None:
    first = made["zendesk-zendesk.zip"].read_bytes()
    [again] = helpdesk_apps.write(tmp_path / "again", URL, {"zendesk": ["zendesk"]}, WHO)
    assert again.read_bytes() == first


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8600", "billing.example.com"])
def test_an_address_that_no_helpdesk_opens_is_refused(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="no https address"):
        helpdesk_apps.write(tmp_path, url, {"front": ["front"]}, WHO)
    if url:
        assert helpdesk_apps.main(["--url", url, "--out", str(tmp_path)]) == 1
        assert "no https address" in capsys.readouterr().err
