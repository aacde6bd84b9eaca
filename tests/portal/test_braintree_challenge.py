"""Braintree asks whether a webhook's address is ours before it sends anything there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from billing.settings_model import Settings
from portal.app import build

CHALLENGE = "20f9f8ed05f77439fe955c977e4c8a53"


@pytest.fixture
def braintree(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "store": {"url": f"sqlite:///{tmp_path}/store.db"},
            "warehouse": {"dir": tmp_path / "warehouse"},
            "gateways": {
                "stripe": [{"account": "stripe_eu", "title": "EU", "secret_key": "sk_test_1"}],
                "braintree": [
                    {"account": "bt", "title": "B", "merchant_id": "m", "public_key": "p", "private_key": "s"}
                ],
            },
        }
    )
    with TestClient(build(settings)) as client:
        yield client


def test_the_challenge_is_answered_with_the_key(braintree: TestClient) -> None:
    answer = braintree.get("/webhooks/braintree/bt", params={"bt_challenge": CHALLENGE})
    assert answer.status_code == 200
    public, _, digest = answer.text.partition("|")
    assert (public, len(digest)) == ("p", 40)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/webhooks/braintree/bt", 400),
        ("/webhooks/braintree/bt?bt_challenge=<script>", 400),
        (f"/webhooks/braintree/nobody?bt_challenge={CHALLENGE}", 404),
        (f"/webhooks/stripe/stripe_eu?bt_challenge={CHALLENGE}", 405),
    ],
)
def test_anything_else_is_refused(braintree: TestClient, path: str, status: int) -> None:
    assert braintree.get(path).status_code == status
