"""A portal over a store in a temporary folder, and the gateway's own way to sign a webhook."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from billing.settings_model import Settings
from billing.store import open_store
from portal.app import build

SECRET = "whsec_of_the_tests"
Sign = Callable[..., tuple[bytes, dict[str, str]]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    accounts = [
        {"account": "stripe_eu", "title": "EU", "secret_key": "sk_test_1", "webhook_secret": SECRET},
        {"account": "stripe_us", "title": "US", "secret_key": "sk_test_2"},
    ]
    return Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "store": {"url": f"sqlite:///{tmp_path}/store.db"},
            "warehouse": {"dir": tmp_path / "warehouse"},
            "gateways": {"stripe": accounts},
        }
    )


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_store(settings.store.url)
    yield engine
    engine.dispose()


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(build(settings)) as client:
        yield client


@pytest.fixture
def sign() -> Sign:
    """sign(event_id="evt_1", at=..., secret=...) -> raw body and headers as Stripe sends them."""

    def make(
        event_id: str = "evt_1", *, at: int | None = None, secret: str = SECRET, **changes: Any
    ) -> tuple[bytes, dict[str, str]]:
        event = {
            "id": event_id,
            "object": "event",
            "type": "charge.refunded",
            "data": {"object": {"id": "ch_1", "object": "charge"}},
            **changes,
        }
        raw = json.dumps(event, indent=2).encode()
        moment = int(time.time()) if at is None else at
        signature = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
        return raw, {"Stripe-Signature": f"t={moment},v1={signature}"}

    return make
