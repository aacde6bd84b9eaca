"""Answering disputes: accepting the claim, providing evidence. Both come as JSON or as a form's part `input`."""

from email import message_from_bytes

import orjson

from sandbox.paypal.books import Thing
from sandbox.paypal.call import Answer, Call, Endpoint, link
from sandbox.paypal.disputing import answer, decide
from sandbox.paypal.errors import refused
from sandbox.paypal.shapes import PATHS
from sandbox.state import Json

_LONGEST_NOTE = 2000
_CLAIM_TYPES = ("REFUND", "REFUND_WITH_RETURN", "PARTIAL_REFUND", "REFUND_WITH_RETURN_SHIPMENT_LABEL")
_OPEN = ("OPEN", "WAITING_FOR_SELLER_RESPONSE", "WAITING_FOR_BUYER_RESPONSE", "UNDER_REVIEW")


def _accept_claim(call: Call, id: str) -> Answer:
    """POST accept-claim: the seller gives in; PayPal pays the buyer from the seller's account."""
    found, body = call.find("dispute", id), _input(call)
    if not 0 < len(str(body.get("note", ""))) <= _LONGEST_NOTE:
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/note", "INVALID_REQUEST")
    if body.get("accept_claim_type", "REFUND") not in _CLAIM_TYPES:
        raise refused(400, "INVALID_PARAMETER_VALUE", "/accept_claim_type", "INVALID_REQUEST")
    if found.body["status"] not in _OPEN:
        raise refused(422, "INVALID_DISPUTE_STATE")
    decide(call.books, id, "ACCEPTED")
    return _done(call, found)


def _provide_evidence(call: Call, id: str) -> Answer:
    """POST provide-evidence: only while PayPal waits for the seller."""
    found, body = call.find("dispute", id), _input(call)
    evidences = body.get("evidences")
    if not isinstance(evidences, list) or not 0 < len(evidences) <= 100:
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/evidences", "INVALID_REQUEST")
    for one in evidences:
        if not one.get("evidence_type") or not 0 < len(one.get("notes", "-")) <= _LONGEST_NOTE:
            raise refused(400, "INVALID_PARAMETER_VALUE", "/evidences", "INVALID_REQUEST")
    if found.body["status"] != "WAITING_FOR_SELLER_RESPONSE":
        raise refused(422, "INVALID_DISPUTE_STATE")
    answer(call.books, found, evidences)
    return _done(call, found)


def _done(call: Call, found: Thing) -> Answer:
    return 200, {"links": [link(call.url, f"{PATHS['dispute']}/{found.id}", "self")]}


def _input(call: Call) -> Json:
    """Return the JSON of a request, or of its form's part `input`.

    Raises:
        PaypalError: the form has no such part, or it is no JSON object.
    """
    kind = call.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return call.body
    form = message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + call.raw)
    for part in form.walk():
        if part.get_param("name", header="content-disposition") == "input":
            text = part.get_payload(decode=True)
            try:
                found = orjson.loads(text) if isinstance(text, bytes) else None
            except orjson.JSONDecodeError:
                found = None
            if isinstance(found, dict):
                return found
    raise refused(400, "MALFORMED_REQUEST_JSON", "/input", "INVALID_REQUEST")


ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/customer/disputes/{id}/accept-claim", _accept_claim),
    ("POST", "/v1/customer/disputes/{id}/provide-evidence", _provide_evidence),
)
