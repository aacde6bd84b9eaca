"""Braintree's client: what the SDK sends through our wire, what comes back, and how faults are called."""

import base64
import socket
from collections.abc import Callable
from datetime import date

import pytest
from braintree import TransactionSearch
from pydantic import SecretStr

from billing.errors import BadCredential, NotFound, OutcomeUnknown, Refused, Transient
from billing.settings_model import BraintreeAccount
from gateways.braintree.api import BraintreeApi
from gateways.braintree.xmljson import BrokenXml, document, members
from tests.gateways.conftest import Answer, Scripted

Start = Callable[..., Scripted]
XML = {"Content-Type": "application/xml; charset=utf-8"}
IDS = (
    b'<search-results><page-size type="integer">50</page-size>'
    b'<ids type="array"><item>a1</item></ids></search-results>'
)


def api(server: Scripted, patience: float = 20.0, path: str = "") -> BraintreeApi:
    return BraintreeApi(
        BraintreeAccount(
            account="braintree_main",
            title="Braintree",
            merchant_id="m1",
            public_key="public",
            private_key=SecretStr("private_secret"),
            base_url=server.url + path,
            requests_per_second=500,
        ),
        patience=patience,
    )


def fine(body: bytes = IDS) -> Answer:
    return Answer(200, body, XML)


def test_a_request_is_the_sdks_own(scripted: Start) -> None:
    server = scripted(fine())
    found = api(server, path="/some/where").search_ids("transaction", TransactionSearch.type == "sale")
    assert found == ["a1"]
    method, path, headers = server.requests[0]
    assert (method, path) == ("POST", "/some/where/merchants/m1/transactions/advanced_search_ids")
    assert headers["X-Apiversion" if "X-Apiversion" in headers else "X-ApiVersion"] == "6"
    assert base64.b64decode(headers["Authorization"].split()[1]) == b"public:private_secret"


@pytest.mark.parametrize(
    "first",
    [
        Answer(429, b"", {**XML, "Retry-After": "1"}),
        Answer(429, b"", XML),
        Answer(500, b"", XML),
        Answer(503, b"<html>busy</html>", {"Content-Type": "text/html"}),
        Answer(408, b"", XML),
        Answer(
            200, b"<!DOCTYPE html><html><body>Please sign in</body></html>", {"Content-Type": "text/html"}
        ),
        Answer(200, b"<html><p>unclosed</html>", {"Content-Type": "text/html"}),
        Answer(200, b"<html><p>XML by chance</p></html>", {"Content-Type": "text/html"}),
        Answer(200, b"", XML),
        Answer(200, IDS, XML, kind="truncated"),
        Answer(kind="dropped"),
        Answer(200, b"<search-results><ids type='array'>", XML),
        Answer(200, b"<nothing-found/>", XML),
        Answer(200, b"\xff\xfe broken", XML),
    ],
    ids=[
        "429 told",
        "429",
        "500",
        "503",
        "408",
        "html",
        "bad html",
        "good html",
        "empty",
        "truncated",
        "dropped",
        "half",
        "timeout",
        "bytes",
    ],
)
def test_passing_faults_are_waited_out(scripted: Start, first: Answer) -> None:
    server = scripted(first, fine())
    if first.body == b"<nothing-found/>":
        # The answer was whole, so nothing is repeated by itself; the load is, later.
        with pytest.raises(Transient, match="nothing-found"):
            api(server).search_ids("transaction")
        return
    assert api(server).search_ids("transaction") == ["a1"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer(401, b"", XML), BadCredential, "keys are not accepted"),
        (Answer(403, b"", XML), BadCredential, "lacks the permission"),
        (Answer(404, b"", XML), NotFound, "no such thing"),
        (Answer(404, b"<!DOCTYPE html><p>a proxy's page"), Refused, "a page of HTML"),
        (Answer(426, b"", XML), Refused, "426"),
        (
            Answer(
                422, b"<api-error-response><errors/><message>Odd search.</message></api-error-response>", XML
            ),
            Refused,
            "Odd search",
        ),
    ],
)
def test_refusals_are_told_at_once(
    scripted: Start, answer: Answer, error: type[Exception], words: str
) -> None:
    server = scripted(answer)
    with pytest.raises(error, match=words) as caught:
        api(server).search_ids("transaction")
    assert len(server.requests) == 1
    assert "private_secret" not in str(caught.value)
    assert type(caught.value) is error


def test_an_outage_that_lasts_is_transient(scripted: Start) -> None:
    with pytest.raises(Transient, match="HTTP 500"):
        api(scripted(Answer(500, b"", XML)), patience=1.0).search_ids("transaction")


@pytest.mark.parametrize(
    "answer", [Answer(500, b"", XML), Answer(kind="dropped"), Answer(200, b"<half", XML)]
)
def test_a_write_without_a_clear_answer_is_never_repeated(scripted: Start, answer: Answer) -> None:
    server = scripted(answer, fine(b"<transaction><id>x</id><amount>1</amount></transaction>"))
    with pytest.raises(OutcomeUnknown):
        api(server).gateway.transaction.refund("abc", "1.00")
    assert len(server.requests) == 1


def test_a_write_that_was_not_begun_may_be_made_again(scripted: Start) -> None:
    server = scripted(Answer(429, b"", {**XML, "Retry-After": "7"}))
    with pytest.raises(Transient) as caught:
        api(server).gateway.transaction.refund("abc", "1.00")
    assert caught.value.retry_after == 7
    assert len(server.requests) == 1


def refused(inner: bytes) -> Answer:
    return Answer(422, b"<api-error-response>" + inner + b"</api-error-response>", XML)


def refunded(server: Scripted) -> dict[str, object]:
    return api(server).write(lambda sdk: sdk.transaction.refund("abc", "1.00"), "transaction")


def test_a_write_returns_what_braintree_wrote(scripted: Start) -> None:
    made = b"<transaction><id>x</id><amount>1.00</amount><order-id>o</order-id></transaction>"
    assert refunded(scripted(fine(made))) == {"id": "x", "amount": "1.00", "order-id": "o"}


def test_a_validation_error_is_a_refusal_with_its_code(scripted: Start) -> None:
    error = b"<error><code>91521</code><attribute>amount</attribute><message>Too large.</message></error>"
    inner = (
        b"<errors><errors type='array'/><transaction><errors type='array'>"
        + error
        + b"</errors></transaction>"
        b"</errors><params/><message>Refund amount is too large.</message>"
    )
    with pytest.raises(Refused, match=r"^Braintree: Refund amount is too large \(91521\)\.$") as caught:
        refunded(scripted(refused(inner)))
    assert caught.value.code == "91521"


def test_a_declined_transaction_was_made_all_the_same(scripted: Start) -> None:
    inner = (
        b"<errors><errors type='array'/></errors><message>Do Not Honor</message><transaction><id>d</id>"
        b"<status>processor_declined</status><amount>1.00</amount></transaction>"
    )
    assert refunded(scripted(refused(inner)))["status"] == "processor_declined"
    with pytest.raises(Refused, match="Do Not Honor"):  # there is no subscription then
        api(scripted(refused(inner))).write(lambda sdk: sdk.subscription.create({}), "subscription")


@pytest.mark.parametrize(
    "answer",
    [
        fine(b""),
        fine(b"<customer><id>1</id></customer>"),
        fine(b"<transaction><id>x</id></transaction>"),  # the SDK cannot build its object: no amount
    ],
    ids=["empty", "another thing", "half of it"],
)
def test_an_answer_that_is_not_understood_leaves_the_outcome_open(scripted: Start, answer: Answer) -> None:
    with pytest.raises(OutcomeUnknown):
        refunded(scripted(answer))


def test_what_cannot_be_there_is_refused(scripted: Start) -> None:
    with pytest.raises(Refused) as caught:
        refunded(scripted(Answer(404, b"", XML)))
    assert caught.value.code == "404"
    server = scripted(fine())
    with pytest.raises(Refused):
        api(server).write(lambda sdk: sdk.transaction.refund("a/b", "1.00"), "transaction")
    assert not server.requests


def test_without_a_connection_nothing_has_left_the_house(scripted: Start) -> None:
    account = api(scripted(fine()))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    nowhere = BraintreeApi(
        BraintreeAccount(
            account=account.account, title="", merchant_id="m1", public_key="p", private_key=SecretStr("s"),
            base_url=f"http://127.0.0.1:{port}", requests_per_second=500,
        )
    )  # fmt: skip
    with pytest.raises(Transient, match="no connection"):
        nowhere.write(lambda sdk: sdk.transaction.void("abc"), "transaction")


def test_disputes_come_page_by_page(scripted: Start) -> None:
    def page(ids: list[str], number: int) -> Answer:
        inner = "".join(f"<dispute><id>{id}</id></dispute>" for id in ids)
        sizes = '<page-size type="integer">2</page-size><total-items type="integer">3</total-items>'
        return fine(f'<disputes type="collection"><n>{number}</n>{sizes}{inner}</disputes>'.encode())

    server = scripted(page(["a", "b"], 1), page(["c"], 2))
    assert [[one["id"] for one in found] for found in api(server).disputes()] == [["a", "b"], ["c"]]
    assert server.requests[1][1].endswith("?page=2")


def test_the_summary_of_a_day(scripted: Start) -> None:
    server = scripted(fine(b'<settlement-batch-summary><records type="array"/></settlement-batch-summary>'))
    assert api(server).settlement_batch_summary(date(2026, 11, 20)) == {"records": []}


def test_an_id_that_could_lead_elsewhere_is_never_sent(scripted: Start) -> None:
    server = scripted(fine())
    for odd in ("../plans", "a/b", "a%2f", ""):
        with pytest.raises(NotFound):
            api(server).find("transaction", odd)
    assert not server.requests


def test_xml_becomes_json_as_it_was_sent() -> None:
    name, found = document(
        '<?xml version="1.0" encoding="UTF-8"?>\n<transaction>\n  <id>x1</id><amount>9.30</amount>'
        '<created-at type="datetime">2026-03-08T23:09:07Z</created-at><n type="integer">3</n>'
        '<recurring type="boolean">true</recurring><order-id nil="true"/><company></company><custom-fields/>'
        '<refund-ids type="array"><item>a</item><item>b</item></refund-ids><add-ons type="array"/>'
        "<customer><first-name>Zoë &amp; Bo</first-name></customer>"
        '<status-history type="array"><status-event><status>settled</status></status-event></status-history>'
        "</transaction>"
    )
    assert name == "transaction"
    assert found == {
        "id": "x1", "amount": "9.30", "created-at": "2026-03-08T23:09:07Z", "n": 3, "recurring": True,
        "order-id": None, "company": "", "custom-fields": "", "refund-ids": ["a", "b"], "add-ons": [],
        "customer": {"first-name": "Zoë & Bo"}, "status-history": [{"status": "settled"}],
    }  # fmt: skip
    assert list(found)[:3] == ["id", "amount", "created-at"]


def test_a_page_of_one_is_still_a_list() -> None:
    text = '<customers type="collection"><size type="integer">1</size><customer><id>1</id></customer></customers>'
    assert members(text, "customer") == [{"id": "1"}]
    assert document(text)[1] == {"size": 1, "customer": [{"id": "1"}]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a>",
        '<a type="integer">x</a>',
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
)
def test_what_is_not_braintrees_xml_is_refused(text: str) -> None:
    with pytest.raises(BrokenXml):
        document(text)
