"""A portal over a published copy made by hand, a gateway in memory, and helpdesks that know a few tickets."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import Engine
from starlette.testclient import TestClient

from billing.errors import NotFound
from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.warehouse.publish import publish
from helpdesk_sync.ports import Ticket
from portal.app import build
from tests.dashboards.conftest import FakeStripe

HERE = Path(__file__).parent
COMPANY = HERE.parents[1] / "dashboards" / "company.sql"
SECRET = "a-panel-secret"
AUDIENCE = "https://lampa.zendesk.com/api/v2/apps/installations/82.json"
KEY, STRANGERS_KEY = (RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))
ROLES = {
    "agent": {
        "may": [
            "look_up",
            "note",
            "refund",
            "cancel_subscription",
            "change_plan",
            "change_email",
            "request_payment",
        ],
        "limits": {"refund": {"per_action": "30.00", "per_day": "1000.00", "above": "approval"}},
    },
    "reader": {"may": ["look_up"]},
    "finance": {"may": ["read_finance"]},
    "admin": {
        "may": ["look_up", "refund", "approve"],
        "limits": {"refund": {"per_action": "unlimited", "per_day": "unlimited"}},
    },
}
PEOPLE = {"ana": "agent", "rita": "reader", "chen": "finance", "dora": "admin"}
AGENTS = {"11": "ana@lampa.example", "12": "rita@lampa.example", "13": "chen@lampa.example", "14": None}
AGENTS |= {"15": "stranger@lampa.example"}
TICKETS = {
    "1": ("maria@example.com",),
    "2": ("guest@example.com",),
    "3": ("nobody@example.com",),
    "4": ("evil@example.com",),
    "5": (),
    "6": ("kenji@example.com", "maria@example.com"),
    "7": ("unknown@example.com",),
    "cnv_1": ("maria@example.com",),
}
TEXTS = {"7": "I am Maria, this is about ch_renewal."}


@dataclass
class FakeDesk:
    """A helpdesk in memory; `asked` counts what it was asked, `error` is raised on demand."""

    name: str
    asked: list[str] = field(default_factory=list)
    error: Exception | None = None

    def ticket(self, ticket_id: str) -> Ticket:
        self.asked.append(ticket_id)
        if self.error:
            raise self.error
        if ticket_id not in TICKETS:
            raise NotFound(f"There is no ticket {ticket_id}.")
        return Ticket(ticket_id, "77", TICKETS[ticket_id], TEXTS.get(ticket_id, "Where is my money?"))

    def agent_email(self, agent_id: str) -> str | None:
        return AGENTS.get(agent_id)

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture(scope="session")
def panel_marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("panel_marts") / "marts.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("create schema marts")
    connection.execute("use marts.marts")
    connection.execute(COMPANY.read_text())
    connection.execute((HERE / "extra.sql").read_text())
    connection.close()
    return path


@pytest.fixture
def settings(tmp_path: Path, panel_marts: Path) -> Settings:
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "marts.duckdb").write_bytes(panel_marts.read_bytes())
    made = Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "store": {"url": f"sqlite:///{tmp_path}/store.db"},
            "warehouse": {"dir": tmp_path / "warehouse"},
            "gateways": {
                "stripe": [{"account": "stripe_eu", "title": "Stripe Europe", "secret_key": "sk_test_1"}]
            },
            "helpdesks": helpdesks(),
            "sign_in": {
                "issuer": "https://id.lampa.example",
                "client_id": "billhouse",
                "client_secret": "s",
                "cookie_secret": "a-cookie-secret",
            },
            "serve": {"portal_url": "http://testserver"},
            "roles": ROLES,
            "people": [{"email": f"{name}@lampa.example", "role": role} for name, role in PEOPLE.items()],
        }
    )
    publish(made.warehouse)
    return made


def helpdesks() -> dict[str, Any]:
    public = KEY.as_pem(private=False).decode()
    zendesk = {"base_url": "https://lampa.zendesk.com", "email": "api@lampa.example", "api_token": "t"}
    return {
        "zendesk": [{**zendesk, "app_public_key": public, "app_audience": AUDIENCE}],
        "freshdesk": [{"base_url": "https://lampa.freshdesk.com", "api_key": "k", "panel_secret": SECRET}],
        "helpscout": [{"app_id": "a", "app_secret": "s", "panel_secret": SECRET}],
        "intercom": [{"access_token": "t", "admin_id": "1", "client_secret": SECRET}],
        "front": [{"api_token": "t", "panel_secret": SECRET}],
    }


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    from billing.money import Money

    fake = FakeStripe()
    fake.charges = {
        "ch_renewal": (Money(4900, "EUR"), Money(2000, "EUR")),
        "ch_first": (Money(4900, "EUR"), Money(0, "EUR")),
        "ch_guest": (Money(12500, "KWD"), Money(0, "KWD")),
        "ch_kenji": (Money(5400, "JPY"), Money(0, "JPY")),
    }
    monkeypatch.setattr("actions.wiring.adapters", lambda _settings: {("stripe", "stripe_eu"): fake})
    return fake


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeDesk]:
    names = ("zendesk", "freshdesk", "helpscout", "intercom", "front")
    made = {name: FakeDesk(f"{name}:{name}") for name in names}
    monkeypatch.setattr("portal.panel.requesters.helpdesks", lambda _settings: list(made.values()))
    return made


@pytest.fixture
def client(settings: Settings, stripe: FakeStripe, desks: dict[str, FakeDesk]) -> Iterator[TestClient]:
    with TestClient(build(settings)) as client:
        yield client


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_store(settings.store.url)
    yield engine
    engine.dispose()


def entries(engine: Engine) -> list[dict[str, Any]]:
    """What the audit log says, oldest first."""
    with transaction(engine) as connection:
        return list(reversed(audit.entries(connection)))


def zendesk_token(agent: str = "11", key: RSAKey = KEY, **changes: Any) -> str:
    """The token that Zendesk posts, signed as Zendesk signs it."""
    now = int(time.time())
    claims = {
        "iss": "lampa.zendesk.com",
        "aud": AUDIENCE,
        "sub": f"https://lampa.zendesk.com/api/v2/users/{agent}.json",
        "iat": now,
        "nbf": now,
        "exp": now + 120,
        "jti": uuid.uuid4().hex,
        "role": "agent",
        "context": {"product": "support", "location": "ticket_sidebar"},
    }
    return jwt.encode({"alg": "RS256"}, {**claims, **changes}, key)


def helpscout_query(ticket: str = "1", agent: str = "11", secret: str = SECRET) -> str:
    """The query of Help Scout's frame, signed over its parameters in this order."""
    params = {
        "conversation-id": ticket,
        "conversation-number": "4711",
        "customer-id": "77",
        "mailbox-id": "5",
        "user-id": agent,
        "installation-ids": "1",
        "application-id": "abc",
        "application-slug": "billhouse",
    }
    message = json.dumps(params, separators=(",", ":")).encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode().replace("+", "%2B")
    return (
        "&".join(f"{name}={value}" for name, value in params.items()) + f"&X-HelpScout-Signature={signature}"
    )


@dataclass
class Page:
    """What the page's script does: it keeps the opened session, binds it to a ticket, and posts."""

    client: TestClient
    base: str
    opened: str
    session: str | None = None

    def post(self, path: str, /, **said: Any) -> Any:
        return self.send(path, self.session or self.opened, **said)

    def send(self, path: str, token: str, /, **said: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post(f"{self.base}/{path}", json=said, headers=headers)

    def bind(self, ticket: str | None = None, **said: Any) -> "Page":
        answer = self.send("session", self.opened, ticket=ticket, **said)
        assert answer.status_code == 200, answer.text
        self.opened, self.session = answer.json()["opened"], answer.json()["session"]
        return self

    def view(self, **said: Any) -> str:
        answer = self.post("view", **said)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["html"])

    def form(self, verb: str, ref: str, **said: Any) -> str:
        answer = self.post("form", verb=verb, ref=ref, **said)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["html"])

    def act(self, draft: str, /, **values: str) -> Any:
        return self.post("act", draft=draft, values=values)


Open = Callable[..., Page]


def attribute(html: str, name: str) -> str:
    """Return the first value of an attribute."""
    return html.partition(f'{name}="')[2].partition('"')[0]


@pytest.fixture
def open_zendesk(client: TestClient) -> Open:
    """open_zendesk("1", agent="11") -> the page of a ticket, opened as Zendesk opens it."""

    def start(ticket: str = "1", agent: str = "11") -> Page:
        answer = client.post("/panels/zendesk/zendesk", data={"token": zendesk_token(agent)})
        assert answer.status_code == 200, answer.text
        return Page(client, "/panels/zendesk/zendesk", attribute(answer.text, "data-session")).bind(ticket)

    return start


def changed(sealed: str) -> str:
    """Return a sealed text with one character changed; the last one's spare bits would change nothing."""
    return sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]


def drafts_of(html: str) -> Sequence[str]:
    """Return the sealed drafts in a form."""
    return [part.partition('"')[0] for part in html.split('data-draft="')[1:]]
