"""Renderings for a helpdesk's server: JSON by a secret, and the fragment of Help Scout's older apps."""

import base64
import hashlib
import hmac
import json

import pytest
from starlette.testclient import TestClient

from tests.portal.panel.conftest import SECRET, Page, attribute

FRAGMENT = "/panels/helpscout/helpscout/fragment"


def sign(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), raw, hashlib.sha1).digest()
    return {"X-HelpScout-Signature": base64.b64encode(digest).decode()}


def letter(ticket: int = 1, user: int = 11) -> bytes:
    said = {
        "ticket": {"id": ticket, "number": 4711, "subject": "Hello"},
        "customer": {"id": 77, "fname": "K", "email": "kenji@example.com", "emails": ["kenji@example.com"]},
        "user": {"id": user, "role": "owner"},
    }
    return json.dumps(said, indent=1).encode()


@pytest.mark.parametrize("name", ["freshdesk", "front", "helpscout"])
def test_the_data_is_given_for_the_secret(client: TestClient, name: str) -> None:
    url = f"/panels/{name}/{name}/data"
    answer = client.get(url, params={"ticket": "1"}, headers={"X-Billhouse-Secret": SECRET})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["customer"]["identity"]["name"] == "Maria Kowalska"
    assert said["customer"]["lifetime"] == [{"amount": "78.00", "currency": "EUR"}]
    assert said["customer"]["sections"][1]["items"][1]["amount"] == {"amount": "49.00", "currency": "EUR"}
    assert said["customer"]["identity"]["acts"]["deeds"] == []
    for headers in ({}, {"X-Billhouse-Secret": "another"}, {"X-Billhouse-Secret": ""}):
        refused = client.get(url, params={"ticket": "1"}, headers=headers)
        assert refused.status_code == 401
        assert "Maria" not in refused.text
    assert client.get(url, params={"ticket": "1", "secret": SECRET}).status_code == 401, "never in an address"


def test_no_data_without_a_ticket_or_a_secret_to_compare(client: TestClient) -> None:
    headers = {"X-Billhouse-Secret": SECRET}
    assert client.get("/panels/front/front/data", headers=headers).status_code == 404
    assert client.get("/panels/front/front/data?ticket=none", headers=headers).status_code == 404
    assert client.get("/panels/zendesk/zendesk/data?ticket=1", headers=headers).status_code == 403
    assert client.get("/panels/front/other/data?ticket=1", headers=headers).status_code == 404


def test_help_scouts_fragment_shows_and_leads_to_the_panel_once(client: TestClient) -> None:
    raw = letter()
    answer = client.post(FRAGMENT, content=raw, headers=sign(raw))
    html = answer.json()["html"]
    assert "Maria Kowalska" in html
    assert "Kenji" not in html, "whoever the body says the customer is"
    assert "<script" not in html
    assert "<form" not in html
    url = html.partition("Open the panel to act")[0].rpartition('href="')[2].partition('"')[0]
    opened = client.get(url)
    page = Page(client, "/panels/helpscout/helpscout", attribute(opened.text, "data-session")).bind()
    assert 'data-verb="refund"' in page.view()
    assert client.get(url).status_code == 401


def test_hostile_names_stay_text_in_the_fragment(client: TestClient) -> None:
    raw = letter(ticket=4)
    html = client.post(FRAGMENT, content=raw, headers=sign(raw)).json()["html"]
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize("change", ["secret", "body", "missing", "role"])
def test_the_fragments_signature_must_hold(client: TestClient, change: str) -> None:
    raw = letter(user=15) if change == "role" else letter()
    headers = sign(raw, "another" if change == "secret" else SECRET)
    if change == "body":
        raw = raw.replace(b"11", b"12")
    answer = client.post(FRAGMENT, content=raw, headers={} if change == "missing" else headers)
    assert answer.status_code == (403 if change == "role" else 401)
    assert "Maria" not in answer.text
