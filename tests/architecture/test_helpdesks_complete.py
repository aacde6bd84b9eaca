"""Each helpdesk of the registry has all its parts; what it lacks is said in words. The scaffold keeps its word."""

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from billing.settings_helpdesks import Helpdesks
from helpdesk_sync.registry import HELPDESKS
from portal.panels import PANELS
from sandbox.helpdesks import HELPDESKS as EMULATED
from tools.scaffold.__main__ import HELPDESK, write
from tools.scaffold.missing_helpdesk import missing
from tools.scaffold.reading import NOT_WRITTEN

ROOT = Path(__file__).parents[2]
LOOKED_AT = ("helpdesk_sync", "portal", "sandbox", "billing", "docs", "apps", "billhouse")


@pytest.mark.parametrize("helpdesk", HELPDESKS)
def test_a_helpdesk_has_all_its_parts(helpdesk: str) -> None:
    assert missing(helpdesk, ROOT) == []


@pytest.mark.parametrize("helpdesk", HELPDESKS)
def test_a_helpdesks_webhooks_have_their_parts(helpdesk: str) -> None:
    webhooks = import_module(f"helpdesk_sync.webhooks.{helpdesk}")
    assert callable(webhooks.verify)
    assert callable(webhooks.is_configured)
    assert webhooks.SIGNATURE_HEADER.islower(), "the portal gives lower-case names"


def test_everybody_knows_the_same_helpdesks() -> None:
    for known in (PANELS, Helpdesks.model_fields, [one.name for one in EMULATED]):
        assert set(known) == set(HELPDESKS)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The parts of the project that a helpdesk consists of."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in LOOKED_AT:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in ("sandbox", "helpdesk_sync"):
        shutil.copytree(ROOT / "tests" / name, tmp_path / "tests" / name, ignore=ignored)
    for name in ("billhouse.example.toml", "README.md", "ARCHITECTURE.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


BREAKS = {
    "helpdesk_sync/helpdesks/front.py": "is missing: its adapter",
    "helpdesk_sync/webhooks/front.py": "is missing: its events' verifier",
    "portal/panels/front.py": "is missing: its way of opening the panel",
    "sandbox/front/__init__.py": "is missing: its emulator",
    "sandbox/front/acting.py": "its DEEDS lack ask",
    "docs/helpdesks/front.md": "is missing: its instructions for administrators",
    "tests/sandbox/test_front.py": "is missing: its emulator's tests",
}


@pytest.mark.parametrize("part", BREAKS)
def test_a_part_that_is_gone_is_missed(copy: Path, part: str) -> None:
    assert missing("front", copy) == []
    (copy / part).unlink()
    assert BREAKS[part] in " ".join(missing("front", copy))


def test_an_app_that_is_gone_is_missed(copy: Path) -> None:
    shutil.rmtree(copy / "apps" / "front")
    assert missing("front", copy) == [
        "apps/front is missing: its app's sources, or SETTINGS.md with what an administrator enters."
    ]


EDITS = (
    ("helpdesk_sync/registry.py", '"front":', '"back":', "HELPDESKS has no line for front"),
    ("portal/panels/__init__.py", '"front":', '"back":', "PANELS has no line for front"),
    ("sandbox/helpdesks.py", '"front",', '"back",', "HELPDESKS has no entry for front"),
    ("sandbox/front/acting.py", '"fields": ', '"values": ', "its DEEDS lack fields"),
    ("billing/settings_helpdesks.py", "    front: list[", "    back: list[", "Helpdesks has no field front"),
    ("billing/settings_helpdesks.py", "class FrontAccount", "class BackAccount", "has no class FrontAccount"),
    ("billhouse.example.toml", "[[helpdesks.front]]", "[[helpdesks.back]]", "billhouse.example.toml has no table"),
    ("billhouse/demo_config.py", "[[helpdesks.front]]", "[[helpdesks.back]]", "demo_config.py has no table"),
    ("helpdesk_sync/helpdesks/front.py", "def accounts(", "def all_accounts(", "front.py has no accounts"),
    ("helpdesk_sync/helpdesks/front.py", "def note(", "def comment(", "front.py has no note"),
    ("helpdesk_sync/helpdesks/front.py", "def ensure_fields(", "def fields(", "front.py has no ensure_fields"),
    ("helpdesk_sync/helpdesks/front.py", '    title = "', '    called = "', "front.py has no title"),
    ("README.md", "Front", "Back", "README.md does not name Front"),
    ("ARCHITECTURE.md", "Front", "Back", "ARCHITECTURE.md does not name Front"),
    ("helpdesk_sync/webhooks/front.py", "def verify(", "def check(", "front.py has no verify"),
    ("helpdesk_sync/webhooks/front.py", "def is_configured(", "def is_set(", "front.py has no is_configured"),
    ("helpdesk_sync/webhooks/front.py", "SIGNATURE_HEADER", "HEADER", "front.py has no SIGNATURE_HEADER"),
    ("portal/panels/front.py", "def prove(", "def trust(", "panels/front.py has no prove"),
    ("portal/panels/front.py", "def framed_by(", "def frames(", "panels/front.py has no framed_by"),
    ("portal/panels/front.py", "HOST =", "PARENT =", "panels/front.py has no HOST"),
    ("tests/helpdesk_sync/test_signatures.py", '"front",', '"back",', "VECTORS has none of front"),
    ("tests/helpdesk_sync/ward.py", '"front": {', '"back": {', "SECRETS has no front"),
    ("tests/helpdesk_sync/ward.py", '"front": (', '"back": (', "NOTE_CALLS has no front"),
)  # fmt: skip


@pytest.mark.parametrize(("part", "old", "new", "words"), EDITS, ids=[edit[3] for edit in EDITS])
def test_a_part_that_lost_its_name_is_missed(copy: Path, part: str, old: str, new: str, words: str) -> None:
    text = (copy / part).read_text()
    assert old in text
    (copy / part).write_text(text.replace(old, new))
    assert words in " ".join(missing("front", copy))


def test_the_scaffold_writes_every_place_and_says_what_is_left(copy: Path) -> None:
    before = missing("acme", copy)
    written = write(HELPDESK, "acme", copy)
    assert len(written) == len(HELPDESK.places)
    for path in written:
        if path.suffix == ".py":
            compile(path.read_text(), str(path), "exec")
    left = missing("acme", copy)
    assert len([line for line in left if NOT_WRITTEN not in line]) < len(before)
    assert [line for line in left if "is missing: its" in line] == []
    for path in written:
        assert any(line.startswith(f"{path.relative_to(copy)}: a part") for line in left), path
    assert missing("front", copy) == [], "the others are as complete as before"


def test_the_scaffolds_files_are_clean(copy: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", copy)
    written = [
        str(path.relative_to(copy)) for path in write(HELPDESK, "acme_desk", copy) if path.suffix == ".py"
    ]
    for how in (["check"], ["format", "--check"]):
        checked = subprocess.run(
            [sys.executable, "-m", "ruff", *how, *written],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ["Acme", "acme-desk", "", "../acme", "1acme"])
def test_a_name_that_cannot_be_a_module_is_refused(copy: Path, name: str) -> None:
    with pytest.raises(ValueError, match="lower-case word"):
        write(HELPDESK, name, copy)


def test_nothing_is_overwritten(copy: Path) -> None:
    write(HELPDESK, "acme", copy)
    for name in ("acme", "front"):
        with pytest.raises(ValueError, match="exists already"):
            write(HELPDESK, name, copy)
