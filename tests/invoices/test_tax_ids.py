"""The form of tax ids, and VIES over a real socket: answers, faults, and that it is not asked in vain."""

import json

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from invoices.snapshot import TaxIdState
from invoices.tax import normal, tax_id_state
from invoices.tax.vies import Vies
from tests.invoices.vies_register import Register

WELL, BAD, NONE = TaxIdState.WELL_FORMED, TaxIdState.MALFORMED, TaxIdState.NONE


@pytest.mark.parametrize(
    ("tax_id", "country", "state"),
    [
        (None, "PL", NONE),
        ("", "PL", NONE),
        ("  ", None, NONE),
        ("PL5260001246", "PL", WELL),
        ("526-000-12-46", "PL", WELL),
        ("pl 526 000 12 46", None, WELL),
        ("PL5260001247", "PL", BAD),
        ("DE136695976", "DE", WELL),
        ("136695976", "DE", WELL),
        ("DE136695976", "PL", WELL),  # a number of another member is one too
        ("DE136695975", "PL", BAD),
        ("EL094259216", "GR", WELL),
        ("094259216", "GR", WELL),
        ("GR094259216", "GR", WELL),
        ("FR61954506077", "FR", WELL),
        ("61954506077", "FR", WELL),
        ("NL4495445B01", "NL", WELL),
        ("ESB58378431", "ES", WELL),
        ("IE6433435F", "IE", WELL),
        ("ATU13585627", "AT", WELL),
        ("GB980780684", "GB", WELL),
        ("980780684", "GB", WELL),
        ("GB980780685", "GB", BAD),
        ("CHE-107.787.577 MWST", "CH", WELL),
        ("CHE107787577", "CH", WELL),
        ("NO995525828MVA", "NO", WELL),
        ("995525828", "NO", WELL),
        ("83 914 571 673", "AU", WELL),
        ("83 914 571 670", "AU", BAD),
        ("27AAPFU0939F1ZV", "IN", WELL),
        ("27AAPFU0939F1ZX", "IN", BAD),
        ("49-091-850", "NZ", WELL),
        ("12-3456789", "US", WELL),  # nothing is known of the form
        ("n/a", "US", BAD),
        ("136695976", None, BAD),
        ("hello", "DE", BAD),
        ("<script>alert(1)</script>", "DE", BAD),
        ("１３６６９５９７６", "DE", BAD),
        ("1" * 10_000, "US", BAD),
    ],
)
def test_form(tax_id: str | None, country: str | None, state: TaxIdState) -> None:
    assert tax_id_state(tax_id, country) is state


def test_numbers_are_written_with_their_prefix() -> None:
    assert normal("526-000-12-46", "PL") == "PL5260001246"
    assert normal("gr 094259216", "GR") == "EL094259216"
    assert normal("EL094259216", None) == "EL094259216"
    assert normal("697449992", "BE") == "BE0697449992"
    assert normal("83 914 571 673", "AU") == "83914571673"
    assert normal("nonsense", "PL") is None


@given(
    st.text(max_size=40) | st.from_regex(r"[A-Z]{0,3}[0-9A-Z .-]{0,20}", fullmatch=True),
    st.sampled_from(["PL", "GR", "GB", "CH", "AU", "IN", "US", "MX", "JP", "BR", "ZZ", None]),
)
def test_nothing_that_people_type_breaks_it(tax_id: str, country: str | None) -> None:
    state = tax_id_state(tax_id, country)
    written = normal(tax_id, country)
    assert (state is WELL) == (written is not None)
    if written is not None:
        assert normal(written, country) == written


def failed(word: str) -> dict[str, object]:
    return {"actionSucceed": False, "errorWrappers": [{"error": word}]}


def test_the_register_has_the_last_word_and_is_asked_once(register: Register) -> None:
    register.answer = lambda question: (200, json.dumps({"valid": question["countryCode"] == "PL"}).encode())
    with Vies(register.url) as vies:
        assert vies.check("526-000-12-46", "PL") is TaxIdState.VALID
        assert vies.check("PL5260001246") is TaxIdState.VALID
        assert vies.check("094259216", "GR") is TaxIdState.INVALID
    assert register.asked == [
        ("/rest-api/check-vat-number", {"countryCode": "PL", "vatNumber": "5260001246"}),
        ("/rest-api/check-vat-number", {"countryCode": "EL", "vatNumber": "094259216"}),
    ]


def test_it_is_not_asked_for_what_it_cannot_know(register: Register) -> None:
    with Vies(register.url) as vies:
        assert vies.check(None) is NONE
        assert vies.check("PL5260001247", "PL") is BAD
        assert vies.check("GB980780684", "GB") is WELL
        assert vies.check("12-3456789", "US") is WELL
    assert register.asked == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, failed("MS_UNAVAILABLE")),
        (200, failed("MS_MAX_CONCURRENT_REQ")),
        (500, b"<html>oops</html>"),
        (503, b""),
        (200, b"[]"),
        (200, {"valid": None}),
        (200, {"errorWrappers": "odd"}),
    ],
)
def test_away_it_leaves_the_word_of_the_form_and_is_not_asked_again(
    register: Register, status: int, body: object
) -> None:
    register.says(status, body)
    with Vies(register.url) as vies:
        assert vies.check("PL5260001246") is WELL
        assert len(register.asked) == 3
        assert vies.check("PL5260001246") is WELL
        assert len(register.asked) == 3
        register.says(200, {"valid": True})
        assert vies.check("DE136695976") is TaxIdState.VALID  # another member's register may answer


def test_a_passing_fault_is_tried_again(register: Register) -> None:
    answers = iter([(503, b""), (200, json.dumps(failed("TIMEOUT")).encode()), (200, b'{"valid": true}')])
    register.answer = lambda _: next(answers)
    with Vies(register.url) as vies:
        assert vies.check("PL5260001246") is TaxIdState.VALID


def test_what_it_calls_no_number_keeps_its_form(register: Register) -> None:
    register.says(400, failed("INVALID_INPUT"))
    with Vies(register.url) as vies:
        assert vies.check("PL5260001246") is WELL
    assert len(register.asked) == 1


def test_nobody_listening_leaves_the_word_of_the_form() -> None:
    with stamina.set_testing(True, attempts=2), Vies("http://127.0.0.1:9") as vies:
        assert vies.check("PL5260001246") is WELL
