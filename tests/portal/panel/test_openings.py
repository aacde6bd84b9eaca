"""Openings: each helpdesk's proof valid, wrong, stale, changed and replayed; who is proven, and who is nobody."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from billing import clock
from portal.panel.sessions import Seal
from tests.portal.panel.conftest import (
    AUDIENCE,
    KEY,
    SECRET,
    STRANGERS_KEY,
    FakeDesk,
    Open,
    Page,
    attribute,
    changed,
    helpscout_query,
    zendesk_token,
)

ZENDESK, HELPSCOUT, FRONT = (f"/panels/{name}/{name}" for name in ("zendesk", "helpscout", "front"))
FRESHDESK = "/panels/freshdesk/freshdesk"


def _changed(token: str) -> str:
    head, claims, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    said["sub"] = said["sub"].replace("11", "15")
    return ".".join((head, _base64(json.dumps(said).encode()), signature))


def _unsigned(token: str) -> str:
    return ".".join((_base64(b'{"alg":"none"}'), token.split(".")[1], ""))


def _by_hmac() -> str:
    """The old trick: HS256 with the public key, which everybody may know, as the secret."""
    claims = zendesk_token().split(".")[1]
    head = _base64(b'{"alg":"HS256"}')
    text = f"{head}.{claims}"
    digest = hmac.new(KEY.as_pem(private=False), text.encode(), hashlib.sha256).digest()
    return f"{text}.{_base64(digest)}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "a stranger's key": lambda: zendesk_token(key=STRANGERS_KEY),
    "stale": lambda: zendesk_token(exp=int(time.time()) - 60),
    "not yet valid": lambda: zendesk_token(nbf=int(time.time()) + 600),
    "without an end": lambda: zendesk_token(exp=None),
    "another installation": lambda: zendesk_token(aud=AUDIENCE.replace("82", "83")),
    "an end user": lambda: zendesk_token(role="end-user"),
    "nobody": lambda: zendesk_token(sub="x"),
    "a changed byte": lambda: _changed(zendesk_token()),
    "no signature": lambda: _unsigned(zendesk_token()),
    "signed with the public key": _by_hmac,
    "empty": lambda: "",
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_zendesks_token_must_hold(client: TestClient, what: str) -> None:
    answer = client.post(ZENDESK, data={"token": BAD_TOKENS[what]()})
    assert answer.status_code == 401
    assert "data-session" not in answer.text


def test_zendesks_token_opens_once(client: TestClient) -> None:
    token = zendesk_token()
    assert client.post(ZENDESK, data={"token": token}).status_code == 200
    again = client.post(ZENDESK, data={"token": token})
    assert again.status_code == 401
    assert "used before" in again.text
    assert client.get(ZENDESK).status_code == 401, "no opening without a token"


@pytest.mark.parametrize("agent", ["13", "14", "15", "99"])
def test_a_proven_agent_without_a_role_sees_nothing(client: TestClient, agent: str) -> None:
    answer = client.post(ZENDESK, data={"token": zendesk_token(agent)})
    assert answer.status_code == 403
    assert "has no role in Billhouse" in answer.text
    assert "data-session" not in answer.text


def test_help_scouts_address_proves_its_agent(client: TestClient) -> None:
    answer = client.get(f"{HELPSCOUT}?{helpscout_query()}")
    page = Page(client, HELPSCOUT, attribute(answer.text, "data-session")).bind()
    assert "Maria Kowalska" in page.view()
    assert 'data-verb="refund"' in page.view()
    assert attribute(answer.text, "data-ticket") == "1"


@pytest.mark.parametrize(
    "query",
    [
        helpscout_query(secret="another"),
        helpscout_query().replace("conversation-id=1", "conversation-id=2"),
        helpscout_query().replace("user-id=11", "user-id=12"),
        helpscout_query() + "&more=1",
        helpscout_query().partition("&X-HelpScout")[0],
        "&".join(reversed(helpscout_query().split("&"))),
        "X-HelpScout-Signature=",
        "",
    ],
)
def test_help_scouts_address_must_hold(client: TestClient, query: str) -> None:
    answer = client.get(f"{HELPSCOUT}?{query}")
    assert answer.status_code == 401
    assert "data-session" not in answer.text


def test_help_scouts_address_opens_in_a_frame_alone(client: TestClient) -> None:
    url = f"{HELPSCOUT}?{helpscout_query()}"
    assert client.get(url, headers={"Sec-Fetch-Dest": "document"}).status_code == 401
    assert client.get(url, headers={"Sec-Fetch-Dest": "iframe"}).status_code == 200


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """later(timedelta(hours=1)) -> our clock shows that much more."""

    def move(by: timedelta) -> None:
        clock.replace(lambda: datetime.now(UTC) + by)

    monkeypatch.setattr(clock, "_source", clock._source)
    return move


def test_an_old_address_of_help_scout_shows_data_and_changes_nothing(
    client: TestClient, later: Callable[[timedelta], None]
) -> None:
    url = f"{HELPSCOUT}?{helpscout_query()}"
    client.get(url)
    later(timedelta(minutes=14))
    reloaded = Page(client, HELPSCOUT, attribute(client.get(url).text, "data-session")).bind()
    assert 'data-verb="refund"' in reloaded.view(), "a reload within the session's life"
    later(timedelta(minutes=16))
    replayed = Page(client, HELPSCOUT, attribute(client.get(url).text, "data-session")).bind()
    html = replayed.view()
    assert "Maria Kowalska" in html
    assert "data-verb" not in html
    assert "Sign in to act" in html
    answer = replayed.post("form", verb="refund", ref="stripe:stripe_eu:ch_renewal")
    assert answer.status_code == 403


def test_freshdesks_app_is_answered_with_an_address_that_opens_once(client: TestClient) -> None:
    headers = {"X-Billhouse-Secret": SECRET}
    answer = client.post(f"{FRESHDESK}/open", json={"ticket": "1"}, headers=headers)
    url = answer.json()["url"]
    opened = client.get(url)
    page = Page(client, FRESHDESK, attribute(opened.text, "data-session")).bind()
    html = page.view()
    assert "Maria Kowalska" in html
    assert "data-verb" not in html
    assert "Sign in to act" in html
    assert client.get(url).status_code == 401, "used before"
    assert client.get(url.replace("freshdesk/freshdesk", "front/front")).status_code == 401


@pytest.mark.parametrize("secret", [None, "", "another", SECRET + "x"])
def test_freshdesks_secret_must_hold(client: TestClient, secret: str | None) -> None:
    headers = {"X-Billhouse-Secret": secret} if secret is not None else {}
    answer = client.post(f"{FRESHDESK}/open", json={"ticket": "1"}, headers=headers)
    assert answer.status_code == 401
    assert "url" not in answer.json()


def test_front_opens_by_its_secret_and_shows_any_conversation(client: TestClient) -> None:
    assert client.get(f"{FRONT}?auth_secret=another").status_code == 401
    assert client.get(FRONT).status_code == 401
    answer = client.get(f"{FRONT}?auth_secret={SECRET}")
    page = Page(client, FRONT, attribute(answer.text, "data-session"))
    assert page.post("view").status_code == 404, "no conversation yet"
    html = page.bind("cnv_1").view()
    assert "Maria Kowalska" in html
    assert "data-verb" not in html
    assert page.post("form", verb="refund", ref="stripe:stripe_eu:ch_renewal").status_code == 403


def test_a_session_is_of_one_ticket_and_one_helpdesk(client: TestClient, open_zendesk: Open) -> None:
    page = open_zendesk("1")
    assert page.session is not None
    other = Page(client, FRONT, page.session)
    assert other.post("view").status_code == 401
    answer = page.send("session", page.session, ticket="2")
    assert answer.status_code == 401
    assert "another ticket" in answer.json()["error"]


def test_a_session_ends_and_a_changed_one_never_held(
    open_zendesk: Open, later: Callable[[timedelta], None]
) -> None:
    page = open_zendesk("1")
    assert page.session is not None
    assert page.send("view", changed(page.session)).status_code == 401
    assert page.send("view", Seal("another secret").seal("session", {})).status_code == 401
    later(timedelta(minutes=16))
    answer = page.post("view")
    assert answer.status_code == 401
    assert "has ended" in answer.json()["error"]


def test_a_session_is_renewed_for_one_shift(open_zendesk: Open, later: Callable[[timedelta], None]) -> None:
    page = open_zendesk("1")
    for minutes in range(10, 8 * 60, 10):
        later(timedelta(minutes=minutes))
        page.bind("1")
    later(timedelta(hours=8, minutes=1))
    assert page.post("view").status_code == 401


def test_a_seal_is_good_for_its_purpose_alone(open_zendesk: Open) -> None:
    page = open_zendesk("1")
    draft = page.form("refund", "stripe:stripe_eu:ch_renewal").partition('data-draft="')[2].partition('"')[0]
    assert page.send("view", draft).status_code == 401
    assert page.act(str(page.session)).status_code == 401


def test_a_proof_is_not_told_in_words(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    token = zendesk_token(key=STRANGERS_KEY)
    client.post(ZENDESK, data={"token": token})
    client.get(f"{FRONT}?auth_secret=a-guess")
    assert "refused" in caplog.text
    assert "a-guess" not in caplog.text
    assert token[:30] not in caplog.text


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("zendesk", "https://lampa.zendesk.com"),
        ("freshdesk", "https://*.freshdesk.com"),
        ("helpscout", "https://secure.helpscout.net"),
        ("front", "https://*.frontapp.com"),
    ],
)
def test_only_the_helpdesk_may_frame_its_panel(client: TestClient, name: str, owner: str) -> None:
    openings = {
        "zendesk": lambda: client.post(ZENDESK, data={"token": zendesk_token()}),
        "helpscout": lambda: client.get(f"{HELPSCOUT}?{helpscout_query()}"),
        "front": lambda: client.get(f"{FRONT}?auth_secret={SECRET}"),
        "freshdesk": lambda: client.get(
            client.post(
                f"{FRESHDESK}/open", json={"ticket": "1"}, headers={"X-Billhouse-Secret": SECRET}
            ).json()["url"]
        ),
    }
    answer = openings[name]()
    policy = answer.headers["content-security-policy"]
    assert owner in policy.partition("frame-ancestors ")[2].split()
    assert "*" not in policy.partition("frame-ancestors ")[2].split()
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert "x-frame-options" not in answer.headers
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


def test_what_changes_something_is_never_a_get(client: TestClient, open_zendesk: Open) -> None:
    page = open_zendesk("1")
    for path in ("session", "view", "form", "preview", "act"):
        headers = {"Authorization": f"Bearer {page.session}"}
        assert client.get(f"{ZENDESK}/{path}", headers=headers).status_code == 405
        assert client.post(f"{ZENDESK}/{path}", json={}).status_code == 401, "no session"
        form = client.post(f"{ZENDESK}/{path}", data={"verb": "refund"}, headers=headers)
        assert form.status_code == 400, "no form of another page can be one of ours"


def test_an_account_that_is_none_or_lacks_its_secret_is_said(
    client: TestClient, desks: dict[str, FakeDesk]
) -> None:
    assert client.get("/panels/zendesk/other").status_code == 404
    assert client.get("/panels/gorgias/gorgias").status_code == 404
    assert client.post("/panels/freshdesk/other/open", json={}).status_code == 404
    assert desks["zendesk"].asked == []
