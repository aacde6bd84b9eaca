"""Our own sign-in, for agents whom their helpdesk does not prove: a grant for one window, then acts by name."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from billing.settings_model import Settings
from portal.app import build
from tests.conftest import Sandbox
from tests.dashboards.conftest import FakeStripe
from tests.portal.panel.conftest import SECRET, FakeDesk, Page, attribute, changed, drafts_of, entries

PORTAL = "http://127.0.0.1:8600"
FRONT = "/panels/front/front"
RENEWAL = "stripe:stripe_eu:ch_renewal"


@pytest.fixture
def client(
    settings: Settings, stripe: FakeStripe, desks: dict[str, FakeDesk], sandbox: Sandbox
) -> Iterator[TestClient]:
    """A portal whose staff sign in at the sandbox's provider."""
    assert settings.sign_in is not None
    sign_in = settings.sign_in.model_copy(
        update={
            "issuer": f"{sandbox.url}/oidc",
            "client_secret": type(settings.sign_in.client_secret)("oidc_sandbox_secret"),
        }
    )
    serve = settings.serve.model_copy(update={"portal_url": PORTAL})
    changed = settings.model_copy(update={"sign_in": sign_in, "serve": serve})
    with TestClient(build(changed), base_url=PORTAL) as client:
        yield client


def window(client: TestClient, nonce: str, name: str = "ana@lampa.example") -> Any:
    """Open the sign-in's window and go through the provider's form; return the window's last page."""
    sent = client.get("/panels/sign-in", params={"nonce": nonce}, follow_redirects=False)
    assert sent.status_code == 302, sent.text
    back = httpx.post(sent.headers["location"], data={"email": name, "password": "demo"})
    assert back.status_code == 303, back.text
    return client.get(back.headers["location"])


def front(client: TestClient) -> Page:
    opened = client.get(f"{FRONT}?auth_secret={SECRET}")
    return Page(client, FRONT, attribute(opened.text, "data-session")).bind("cnv_1")


def test_who_signs_in_can_act_on_their_own_name(
    client: TestClient, stripe: FakeStripe, engine: Engine
) -> None:
    page, nonce = front(client), str(uuid.uuid4())
    assert "Sign in to act" in page.view()
    last = window(client, nonce)
    assert "frame-ancestors 'none'" in last.headers["content-security-policy"]
    grant = attribute(last.text, "data-grant")
    page.bind("cnv_1", grant=grant, nonce=nonce)
    html = page.view()
    assert "Sign in to act" not in html
    assert 'data-verb="refund"' in html
    [draft] = drafts_of(page.form("refund", RENEWAL))
    answer = page.act(draft, amount="5", reason="not_used", confirmed="on").json()
    assert answer["status"] == "succeeded"
    assert {(one["actor"], one["ticket"]) for one in entries(engine)} == {
        ("ana@lampa.example", "front:front:cnv_1")
    }


def test_a_grant_is_for_the_window_that_asked_for_it(client: TestClient) -> None:
    page, nonce = front(client), str(uuid.uuid4())
    grant = attribute(window(client, nonce).text, "data-grant")
    assert grant
    for wrong in (str(uuid.uuid4()), "", None):
        answer = page.send("session", page.opened, ticket="cnv_1", grant=grant, nonce=wrong)
        assert answer.status_code == 401
    assert page.send("session", page.opened, grant=changed(grant), nonce=nonce).status_code == 401
    assert page.send("view", grant).status_code == 401, "a grant is no session"


def test_a_stranger_gets_no_grant(client: TestClient) -> None:
    last = window(client, str(uuid.uuid4()), "eve@stranger.example")
    assert last.status_code == 403
    assert "You have no role in Billhouse yet" in last.text
    assert "data-grant" not in last.text


def test_a_sign_in_that_was_not_begun_here_ends_nowhere(client: TestClient) -> None:
    assert client.get("/panels/sign-in").status_code == 400
    assert client.get("/panels/sign-in?nonce=<script>").status_code == 400
    answer = client.get("/panels/sign-in/callback?code=c&state=s")
    assert answer.status_code == 400
    assert "data-grant" not in answer.text


def test_the_only_cookie_is_the_sign_ins_own(client: TestClient) -> None:
    sent = client.get("/panels/sign-in", params={"nonce": str(uuid.uuid4())}, follow_redirects=False)
    cookie = sent.headers["set-cookie"].lower()
    assert "path=/panels/sign-in" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
