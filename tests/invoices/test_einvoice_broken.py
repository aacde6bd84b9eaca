"""What is wrong is named by its rule; what the standard cannot say is refused in words."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from billing.errors import Terminal
from billing.money import MoneyError
from invoices import einvoice
from invoices.snapshot import Category, Issued, Kind
from tests.invoices.issued import BUYER, SELLER, issued, line

Write = Callable[[Issued], bytes]


def seller(**changed: Any) -> dict[str, Any]:
    return {"seller": SELLER.model_copy(update=changed)}


def buyer(**changed: Any) -> dict[str, Any]:
    return {"buyer": BUYER.model_copy(update=changed)}


ABROAD = [line(10000, "0", Category.REVERSE_CHARGE)]
BROKEN = {
    "changed total": ({"total_minor": 11901}, "BR-CO-15"),
    "changed net": ({"net_minor": 10001, "total_minor": 11901}, "BR-CO-10"),
    "changed tax": ({"tax_minor": 1901, "total_minor": 11901}, "BR-CO-14"),
    "no lines": ({"lines": []}, "BR-16"),
    "no seller VAT id": (seller(tax_id=None), "BR-S-02"),
    "seller VAT id without its country": (seller(tax_id="136695976"), "BR-CO-09"),
    "seller known by nothing": (seller(tax_id=None, registration=None), "BR-CO-26"),
    "no seller name": (seller(name=" "), "BR-06"),
    "no seller country": (seller(country=""), "BR-09"),
    "no buyer": (buyer(name="", email=""), "BR-07"),
    "no buyer country": (buyer(country=None), "BR-11"),
    "reverse charge without the buyer's id": ({"lines": ABROAD, **buyer(tax_id=None)}, "BR-AE-02"),
    "exempt without a reason": ({"lines": [line(100, "0", Category.EXEMPT)], "taxes": []}, "BR-E-10"),
    "standard rate of nothing": ({"lines": [line(100, "0", Category.STANDARD)]}, "BR-S-05"),
    "outside with other lines": ({"lines": [line(100, "0", Category.OUTSIDE), line(100)]}, "BR-O-11"),
    "period that ends before it starts": ({"lines": [line(period_end="2026-09-01")]}, "BR-30"),
    "no number": ({"label": ""}, "BR-02"),
    "no description": ({"lines": [line(description="\x07")]}, "BR-25"),
    "tax of another rate than the lines'": ({"taxes": issued(lines=[line(10000, "20")]).taxes}, "BR-S-08"),
}
REFUSED = {
    "receipt": ({"kind": Kind.RECEIPT}, "only invoices and credit notes are"),
    "negative total": ({"lines": [line(-10000)]}, "is a credit note, with positive amounts"),
    "unmapped line": ({"lines": [line().model_copy(update={"category": None})], "taxes": []}, "BR-CO-04"),
    "unmapped tax": (
        {"taxes": [issued().taxes[0].model_copy(update={"category": None})]},
        "Map the gateway's tax",
    ),
    "two taxes on one line": ({"lines": [line(100, rates=("5", "9.975"))], "taxes": []}, "one per line"),
    "impossible date": ({"lines": [line(period_start="2026-02-30")]}, "'2026-02-30', which is no date"),
    "impossible day of issue": ({"issued_at": "soon"}, "'soon', which is no date"),
    "rate in words": (
        {"taxes": [issued().taxes[0].model_copy(update={"rate_percent": ""})]},
        "no percentage",
    ),
    "three decimals": (
        {"currency": "KWD", "lines": [line(12345, "5")]},
        "12.345 KWD has more than two decimals",
    ),
    "credit note of nothing": (
        {"kind": Kind.CREDIT_NOTE, "corrects_label": None},
        "does not name the invoice",
    ),
}


@pytest.mark.parametrize("write", [einvoice.cii, einvoice.ubl])
@pytest.mark.parametrize(("changed", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named(write: Write, changed: dict[str, Any], rule: str) -> None:
    found = einvoice.problems(write(issued(**changed)))
    assert any(words.startswith(f"{rule}: ") for words in found), found


@pytest.mark.parametrize("write", [einvoice.cii, einvoice.ubl])
@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_said_is_refused(write: Write, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(einvoice.NotValid, match=words):
        write(issued(**changed))


@pytest.mark.parametrize("write", [einvoice.cii, einvoice.ubl])
def test_an_unknown_country_or_currency_is_named(write: Write) -> None:
    assert einvoice.problems(write(issued(**buyer(country="XX"))))
    with pytest.raises(MoneyError, match="not an ISO 4217 currency"):
        write(issued(currency="ZZZ"))


def test_a_broken_schema_is_named() -> None:
    xml = einvoice.cii(issued()).replace(b"ram:LineID", b"ram:LineNo")
    assert any(words.startswith("XSD, line ") and "LineNo" in words for words in einvoice.problems(xml))


@pytest.mark.parametrize(
    "xml", [b"", b"no XML", b"<a/>", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"]
)
def test_what_is_no_e_invoice_is_said_so(xml: bytes) -> None:
    assert len(einvoice.problems(xml)) == 1


def test_threads_share_one_judge() -> None:
    good, bad = einvoice.cii(issued()), einvoice.cii(issued(total_minor=1))
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(einvoice.problems, [good, bad] * 20))
    assert verdicts[::2] == [[]] * 20
    assert all(any("BR-CO-15" in words for words in verdict) for verdict in verdicts[1::2])


def test_spawned_processes_judge_too() -> None:
    xml = einvoice.cii(issued())
    assert einvoice.problems(xml) == []
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(einvoice.problems, xml).result() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_is_told_so_and_does_not_crash() -> None:
    xml = einvoice.cii(issued())
    assert einvoice.problems(xml) == []
    child = os.fork()
    if child == 0:
        try:
            einvoice.problems(xml)
        except Terminal as refusal:
            os._exit(7 if "spawn" in str(refusal) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.parametrize(
    "name",
    [
        "TaxBasisTotalAmount",
        "TaxTotalAmount",
        "GrandTotalAmount",
        "TotalPrepaidAmount",
        "BasisAmount",
        "CalculatedAmount",
    ],
)
def test_each_sum_is_checked(name: str) -> None:
    tree = etree.fromstring(einvoice.cii(issued()))
    amount = next(tree.iter("{*}" + name))
    amount.text = str(Decimal(amount.text) + 5)
    assert einvoice.problems(etree.tostring(tree))
