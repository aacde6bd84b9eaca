"""Braintree's webhooks: signed by the private key, in a form; nothing else is believed."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_model import BraintreeAccount
from gateways.braintree.webhooks import answer_challenge, is_configured, verify
from tests.conftest import SPECS

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def account(public: str = "public", private: str = "private") -> BraintreeAccount:
    return BraintreeAccount(
        account="braintree_main",
        title="B",
        merchant_id="m",
        public_key=public,
        private_key=SecretStr(private),
    )


def signed(xml: str, private: str = "private", public: str = "public") -> dict[str, str]:
    payload = base64.encodebytes(xml.encode()).decode()
    key = hashlib.sha1(private.encode()).digest()
    digest = hmac.new(key, payload.encode(), hashlib.sha1).hexdigest()
    return {"bt_signature": f"{public}|{digest}", "bt_payload": payload}


def told(kind: str = "transaction_settled", subject: str = "transaction") -> str:
    return (
        f'<notification><timestamp type="datetime">2026-11-23T17:59:00Z</timestamp><kind>{kind}</kind><subject>'
        f"<{subject}><id>abc</id><amount>1.00</amount></{subject}></subject></notification>"
    )


def check(form: dict[str, str], who: BraintreeAccount | None = None) -> tuple[str, str, str, str]:
    event = verify(urlencode(form).encode(), {}, who or account(), NOW)
    return event.event_id, event.type, event.object_kind, event.object_id


def test_a_signed_notification_names_its_object() -> None:
    assert is_configured(account())
    id, type, kind, object_id = check(signed(told()))
    assert (type, kind, object_id) == ("transaction_settled", "transaction", "abc")
    assert id.startswith("transaction_settled:")


def test_a_repetition_has_the_same_id_and_another_event_has_not() -> None:
    assert check(signed(told())) == check(signed(told()))
    other = check(signed(told().replace("17:59", "17:58")))
    assert other[0] != check(signed(told()))[0]


def test_one_of_several_signatures_is_enough() -> None:
    form = signed(told())
    form["bt_signature"] = f"stranger|{'0' * 40}&{form['bt_signature']}"
    assert check(form)[3] == "abc"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "missing"),
        ({"bt_payload": "YQ=="}, "missing"),
        ({**signed(told()), "bt_signature": ""}, "missing"),
        (signed(told(), private="another"), "mismatched"),
        (signed(told(), public="another"), "mismatched"),
        ({**signed(told()), "bt_payload": base64.encodebytes(told("check").encode()).decode()}, "mismatched"),
        ({**signed(told()), "bt_payload": "<notification/>"}, "mismatched"),
        ({**signed(told()), "bt_signature": "no bar"}, "mismatched"),
        (signed("not xml"), "not a Braintree notification"),
        (signed("<notification/>"), "not a Braintree notification"),
    ],
)
def test_what_does_not_hold_is_refused_in_words(form: dict[str, str], words: str) -> None:
    with pytest.raises(Forged, match=words):
        check(form)


def test_bytes_that_are_no_form_are_refused() -> None:
    for raw in (b"", b"\xff\xfe\x00", b'{"json": true}', b"bt_signature=%ff&bt_payload=%ff"):
        with pytest.raises(Forged):
            verify(raw, {}, account(), NOW)


def test_the_sdks_own_samples_hold() -> None:
    file: Path = SPECS / "braintree.webhook_fixtures.json"
    if not file.exists():
        pytest.skip("the vendors' schemas are not on this machine")
    samples = orjson.loads(file.read_bytes())["webhooks"]
    kinds = {}
    for name, sample in samples.items():
        id, type, kind, _ = check({key: sample[key] for key in ("bt_signature", "bt_payload")})
        assert type == name
        kinds[name] = kind
        assert id
    assert kinds["dispute_opened"] == "dispute"
    assert kinds["subscription_canceled"] == "subscription"
    assert kinds["refund_failed"] == "transaction"
    assert kinds["disbursement"] == "disbursement"
    assert len(kinds) > 35


def test_the_challenge_is_answered() -> None:
    challenge = "20f9f8ed05f77439fe955c977e4c8a53"
    key = hashlib.sha1(b"private").digest()
    digest = hmac.new(key, challenge.encode(), hashlib.sha1).hexdigest()
    assert answer_challenge({"bt_challenge": challenge}, account()) == f"public|{digest}"
    for odd in ({}, {"bt_challenge": "<script>"}, {"bt_challenge": ""}):
        with pytest.raises(Forged, match="bt_challenge"):
            answer_challenge(odd, account())
