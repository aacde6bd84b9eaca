"""Nothing is shown to a stranger, to an unverified address, or by a sign-in of yesterday."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.conftest import Open, texts, turn_to


def test_signed_out_shows_the_sign_in_button_alone(open_app: Open) -> None:
    app = open_app(None, q="maria@example.com")
    assert [button.label for button in app.button] == ["Sign in"]
    assert "Maria" not in texts(app)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email": "eve@stranger.example"}, "You have no role in Billhouse yet"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email_verified": "true"}, "not verified"),
        ({"email": None}, "not verified"),
        ({"iat": int(time.time()) - 13 * 3600}, "Sign in again"),
        ({"iat": None}, "Sign in again"),
    ],
)
def test_who_may_not_see_is_told_why_and_sees_nothing(
    open_app: Open, claims: dict[str, Any], words: str
) -> None:
    app = open_app("ana", claims, q="maria@example.com")
    assert words in texts(app)
    assert len(app.button) == 1
    assert not app.text_input
    assert "Maria" not in texts(app)


def test_the_address_is_compared_as_one_person_writes_it(open_app: Open) -> None:
    app = open_app("ana", {"email": "ANA@Lampa.Example"}, q="maria@example.com")
    assert "Maria Kowalska" in texts(app)


def test_a_role_taken_away_is_gone_at_the_next_click(open_app: Open, config_path: Path) -> None:
    app = open_app("ana", q="maria@example.com")
    assert "Maria Kowalska" in texts(app)
    config_path.write_text(config_path.read_text().replace("ana@lampa.example", "someone@lampa.example"))
    app.run()
    assert "no role" in texts(app)
    assert "Maria Kowalska" not in texts(app)


def test_only_a_role_that_reads_the_audit_log_has_its_page(open_app: Open) -> None:
    assert "Audit log" in texts(turn_to(open_app("dora"), "audit-log"))
    with pytest.raises(KeyError, match="audit-log"):
        turn_to(open_app("ana"), "audit-log")


def test_a_mistake_in_the_configuration_is_said(open_app: Open, config_path: Path) -> None:
    config_path.write_text(config_path.read_text() + "\n[nonsense]\nx = 1\n")
    app = open_app("ana")
    assert "nonsense" in app.error[0].value
