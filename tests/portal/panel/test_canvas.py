"""Intercom's flow: initialize, a form, one more step, the act, once; signed on raw bytes, within its limits."""

import hashlib
import hmac
import json
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from actions.inputs import Choice, Input, InputKind
from billing.money import Money
from portal.panel import cards
from tests.dashboards.conftest import FakeStripe
from tests.portal.panel.conftest import SECRET, entries

BASE = "/panels/intercom/intercom"
RENEWAL = "stripe:stripe_eu:ch_renewal"


def sign(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"X-Body-Signature": digest, "Content-Type": "application/json"}


def letter(conversation: str = "1", admin: str = "11", **more: Any) -> bytes:
    """A request as Intercom writes it: spaced, so that a body that was parsed and written again would differ."""
    said = {
        "workspace_id": "w",
        "admin": {"type": "admin", "id": admin, "name": "Ana"},
        "conversation": {"type": "conversation", "id": conversation},
        "contact": {"type": "contact", "id": "77", "email": "kenji@example.com"},
        **more,
    }
    return json.dumps(said, indent=1).encode()


class Inbox:
    """Intercom's side: it keeps the canvas that it was answered, and sends it with what is pressed."""

    def __init__(self, client: TestClient, conversation: str = "1", admin: str = "11") -> None:
        self.client, self.who = client, (conversation, admin)
        self.canvas: dict[str, Any] = {}

    def initialize(self) -> "Inbox":
        return self._send("initialize")

    def press(self, component: str, **typed: Any) -> "Inbox":
        ids = {card.get("id") for card in self.cards} | {
            one["id"] for card in self.cards if card["type"] == "list" for one in card["items"]
        }
        assert component in ids, f"{component} is not among {ids}"
        said = {"component_id": component, "input_values": typed, "current_canvas": self.canvas}
        return self._send("submit", **said)

    def _send(self, path: str, **more: Any) -> "Inbox":
        raw = letter(*self.who, **more)
        answer = self.client.post(f"{BASE}/{path}", content=raw, headers=sign(raw))
        assert answer.status_code == 200, answer.text
        self.canvas = answer.json()["canvas"]
        return self

    @property
    def cards(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.canvas["content"]["components"]
        return found

    @property
    def words(self) -> str:
        return orjson.dumps(self.cards).decode()


@pytest.fixture
def inbox(client: TestClient) -> Inbox:
    return Inbox(client).initialize()


def test_a_conversation_shows_its_requesters_billing(inbox: Inbox) -> None:
    assert "Maria Kowalska" in inbox.words
    assert "Past due 49.00 EUR since 12 Nov 2026" in inbox.words
    assert "Kenji" not in inbox.words, "whoever the body says the contact is"
    types = {card["type"] for card in inbox.cards}
    assert types <= {"text", "list", "data-table", "button", "input"}


def test_a_refund_takes_two_steps_and_is_made_once(inbox: Inbox, stripe: FakeStripe, engine: Engine) -> None:
    inbox.press(f"item|{RENEWAL}")
    assert "29.00 EUR by our last load" in inbox.words
    inbox.press(f"form|refund|{RENEWAL}")
    amount = next(card for card in inbox.cards if card.get("id") == "amount")
    assert amount["value"] == "29.00"
    typed = {"amount": "5", "reason": "not_used", "note": ""}
    inbox.press("check", **typed, confirmed=[])
    assert "Confirm first that this is the customer" in inbox.words
    assert stripe.refunds == {}
    inbox.press("check", **typed, confirmed=["on"])
    assert "5.00 EUR goes back to Visa" in inbox.words
    assert stripe.refunds == {}, "nothing moves before the second step"
    second = inbox.canvas
    inbox.press("act")
    assert "Done: 5.00 EUR refunded through Stripe." in inbox.words
    inbox.canvas = second
    inbox.press("act")
    assert "Done: 5.00 EUR refunded through Stripe." in inbox.words, "a replay is the same action"
    assert stripe.charges["ch_renewal"][1] == Money(2500, "EUR")
    assert [one["type"] for one in entries(engine)] == [
        "customer.match.confirmed",
        "charge.refund.requested",
        "charge.refund.succeeded",
    ]
    assert {(one["actor"], one["ticket"], one["channel"]) for one in entries(engine)} == {
        ("ana@lampa.example", "intercom:intercom:1", "panel")
    }


def test_keep_leads_back_and_changes_nothing(inbox: Inbox, stripe: FakeStripe) -> None:
    inbox.press(f"item|{RENEWAL}").press(f"form|refund|{RENEWAL}")
    inbox.press("check", amount="5", reason="not_used", confirmed=["on"])
    inbox.press("show|stripe:stripe_eu:cus_maria")
    assert "Past due 49.00 EUR" in inbox.words
    assert stripe.refunds == {}


def test_another_candidate_can_be_shown_and_no_stranger(client: TestClient, inbox: Inbox) -> None:
    inbox.press("show|stripe:stripe_eu:cus_mario")
    assert "Mario *Bold* Rossi" in inbox.words
    inbox.canvas = {"content": {"components": [{"type": "text", "id": "show|stripe:stripe_eu:cus_kenji"}]}}
    inbox.press("show|stripe:stripe_eu:cus_kenji")
    assert "is not the requester of this ticket" in inbox.words
    assert "Kenji" not in inbox.words


def test_a_teammate_without_a_role_sees_nothing(client: TestClient) -> None:
    for admin in ("13", "14", "15"):
        assert "has no role in Billhouse" in Inbox(client, admin=admin).initialize().words
        assert "Maria" not in Inbox(client, admin=admin).initialize().words


def test_a_role_that_may_nothing_is_offered_nothing(client: TestClient) -> None:
    inbox = Inbox(client, admin="12").initialize().press(f"item|{RENEWAL}")
    assert "Your role can do nothing here." in inbox.words
    assert "form|" not in inbox.words


@pytest.mark.parametrize("path", ["initialize", "submit"])
@pytest.mark.parametrize("what", ["no signature", "another key", "a changed byte", "written anew"])
def test_the_signature_is_of_the_raw_body(client: TestClient, path: str, what: str) -> None:
    raw = letter()
    headers = {
        "no signature": {"Content-Type": "application/json"},
        "another key": sign(raw, "another"),
        "a changed byte": sign(raw.replace(b'"11"', b'"15"')),
        "written anew": sign(json.dumps(json.loads(raw)).encode()),
    }[what]
    answer = client.post(f"{BASE}/{path}", content=raw, headers=headers)
    assert answer.status_code == 401
    assert "canvas" not in answer.json()


def test_hostile_names_make_neither_bold_nor_links(client: TestClient) -> None:
    words = Inbox(client, "4").initialize().words
    assert "](" not in words
    assert "**" not in words
    assert "javascript:" not in words


def test_a_large_canvas_is_cut_visibly() -> None:
    rows = [{"type": "item", "id": str(n), "title": "x" * 250, "subtitle": "ż" * 250} for n in range(400)]
    made = cards.canvas([cards.text("Head"), {"type": "list", "items": rows}], {})
    assert len(orjson.dumps(made)) <= 64 * 1024
    content = made["canvas"]["content"]["components"]
    assert content[0]["text"] == "Head"
    assert content[-1]["text"] == cards.SHORTENED
    assert len(content[1]["items"]) > 50


def test_a_dropdown_has_two_to_ten_options() -> None:
    def options(count: int, value: str = "") -> list[dict[str, Any]]:
        choices = tuple(Choice(str(n), f"Plan {n}") for n in range(count))
        return cards._asked(Input("plan", "Plan", InputKind.CHOICE, value, choices))

    assert options(1, "0")[0]["type"] == "input"
    assert len(options(1)[0]["options"]) == 2
    assert len(options(9)[0]["options"]) == 10
    cut, said = options(30)
    assert len(cut["options"]) == 10
    assert "The first 9 of 30." in said["text"]
