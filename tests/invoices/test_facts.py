"""What documents are made of: which kind and why, the gateway's taxes or ours, who sells and who buys."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from billing.errors import ConfigError
from billing.settings_model import Settings
from billing.warehouse.reader import DuckDBReader
from invoices import einvoice, facts
from invoices.snapshot import Category, Draft, Issued, Kind, TaxIdState
from tests.invoices import marts

ACCOUNT = {"account": "stripe_eu", "title": "Stripe", "secret_key": "sk"}
US = {
    "name": "Lampa Inc.", "address": ["1 Main St"], "country": "US", "email": "us@lampa.example", "series": "US",
    "reply_to": "help@us.lampa.example",
}  # fmt: skip
INVOICE_REF = "stripe:stripe_eu:in_1"


@pytest.fixture
def draft(
    make_settings: Callable[..., Settings], reader: DuckDBReader, publish: Callable[..., None]
) -> Callable[..., Draft | str]:
    """Publish rows and draft the charge's document; words where it gets none."""

    def make(
        charge: dict[str, Any] | None = None,
        account: dict[str, Any] | None = None,
        documents: dict[str, Any] | None = None,
        **tables: Any,
    ) -> Draft | str:
        publish(**{"customers": [marts.customer(tax_id=None)]} | tables)
        settings = make_settings(
            gateways={"stripe": [ACCOUNT | (account or {})]},
            entities={"us": dict(US)},
            documents=documents or {},
        )
        skipped: Counter[str] = Counter()
        made = facts.drafts(settings, reader, [marts.due_charge("ch_1", **(charge or {}))], skipped)
        return made[0] if made else next(iter(skipped))

    return make


def invoiced(line: dict[str, Any] | None = None, tax: dict[str, Any] | None = None, **changed: Any) -> Any:
    """Tables of an invoice that the gateway calls no tax invoice."""
    return {
        "charge": {"invoice_ref": INVOICE_REF},
        "invoices": [marts.invoice("in_1", is_tax_invoice=False, **changed)],
        "invoice_lines": [marts.line("in_1", **(line or {}))],
        "tax_lines": [marts.tax("in_1", **(tax or {}))],
    }


UNTAXED = {"line": {"net_minor": 4900, "tax_minor": 0}, "tax_minor": 0}
NO_TAX = {"tax_minor": 0, "taxable_minor": 4900, "rate_percent": "0", "is_inclusive": False}


def is_valid(draft: Draft) -> bool:
    issued = Issued(**draft.model_dump(), label="INV-2026-00001", issued_at=draft.paid_at)
    return einvoice.problems(einvoice.cii(issued)) == []


def test_tax_is_split_from_the_gross_where_the_gateway_told_none(draft: Callable[..., Draft]) -> None:
    made = draft()
    assert made.kind is Kind.INVOICE
    assert (made.net_minor, made.tax_minor, made.total_minor) == (
        4118,
        782,
        4900,
    )  # German VAT: no One Stop Shop
    assert [(tax.category, tax.rate_percent) for tax in made.taxes] == [(Category.STANDARD, "19")]
    assert made.language == "pl"
    assert made.why.endswith("the One Stop Shop is not used for PL")
    assert is_valid(made)


def test_a_business_abroad_with_a_good_vat_id_owes_the_tax_itself(draft: Callable[..., Draft]) -> None:
    made = draft(customers=[marts.customer()])
    assert (made.kind, made.tax_minor, made.net_minor) == (Kind.INVOICE, 0, 4900)
    assert made.buyer.tax_id_state is TaxIdState.WELL_FORMED
    assert [tax.category for tax in made.taxes] == [Category.REVERSE_CHARGE]
    assert is_valid(made)


def test_the_word_of_the_authority_is_taken_from_the_gateway(draft: Callable[..., Draft]) -> None:
    verified = draft(customers=[marts.customer(tax_id_status="verified")])
    refused = draft(customers=[marts.customer(tax_id_status="unverified")])
    assert (verified.buyer.tax_id_state, refused.buyer.tax_id_state) == (TaxIdState.VALID, TaxIdState.INVALID)
    assert (verified.tax_minor, refused.tax_minor) == (0, 782)


def test_a_tax_id_is_written_as_authorities_want_it(draft: Callable[..., Draft]) -> None:
    typed = draft(customers=[marts.customer(tax_id=" 525-23 44 078 ")])
    assert typed.buyer.tax_id == "PL5252344078"
    nonsense = draft(customers=[marts.customer(tax_id="call me")])
    assert (nonsense.buyer.tax_id, nonsense.buyer.tax_id_state) == ("call me", TaxIdState.MALFORMED)


def test_what_the_gateway_charged_is_the_truth(draft: Callable[..., Draft]) -> None:
    made = draft(**invoiced())
    assert (made.kind, made.net_minor, made.tax_minor) == (Kind.INVOICE, 3984, 916)
    assert is_valid(made)


@pytest.mark.parametrize(
    ("reason", "category", "buyer"),
    [
        ("reverse_charge", Category.REVERSE_CHARGE, {}),
        ("zero_rated", Category.ZERO, {}),
        ("product_exempt", Category.EXEMPT, {}),
        ("not_subject_to_tax", Category.OUTSIDE, {}),
        (None, Category.ZERO, {}),
    ],
)
def test_each_reason_for_no_tax_has_its_category(
    draft: Callable[..., Draft], reason: str | None, category: Category, buyer: dict[str, Any]
) -> None:
    made = draft(
        **invoiced(**UNTAXED, tax=NO_TAX | {"taxability_reason": reason}), customers=[marts.customer(**buyer)]
    )
    assert (made.kind, [tax.category for tax in made.taxes]) == (Kind.INVOICE, [category])
    assert is_valid(made)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"customers": []}, "country is not known (BR-11)"),
        (invoiced(**UNTAXED, tax=NO_TAX | {"taxability_reason": "moon_phase"}), "no VAT category"),
        (invoiced(**UNTAXED, tax=NO_TAX | {"taxability_reason": "reverse_charge"}), "BR-AE-02"),
        (invoiced(line={"net_minor": 3000}), "do not add up"),
        (invoiced(tax={"rate_percent": None}), "BR-S-05"),
        ({"charge": {"currency": "KWD", "captured_minor": 4901}}, "BR-DEC"),
    ],
)
def test_what_cannot_be_an_invoice_is_a_receipt_that_says_why(
    draft: Callable[..., Draft], tables: dict[str, Any], words: str
) -> None:
    made = draft(**tables)
    assert made.kind is Kind.RECEIPT
    assert words in made.why
    assert made.net_minor + made.tax_minor == made.total_minor


@pytest.mark.parametrize(
    ("told", "kind", "tax", "rate"),
    [
        ({"tax_minor": 782}, Kind.INVOICE, 782, "19"),  # what 19 % makes, so that is the rate
        ({"tax_minor": 782, "amount_minor": 4901}, Kind.INVOICE, 782, "19"),
        ({"tax_minor": 1564, "amount_minor": 9800}, Kind.INVOICE, 782, "19"),  # half of it was captured
        ({"tax_minor": 900}, Kind.RECEIPT, 900, ""),  # what no known rate makes
        ({"tax_minor": 367, "tax_rate_percent": "8.1000"}, Kind.INVOICE, 367, "8.1"),
    ],
)
def test_tax_that_a_gateway_tells_of_the_payment_itself_is_the_truth(
    draft: Callable[..., Draft], told: dict[str, Any], kind: Kind, tax: int, rate: str
) -> None:
    made = draft(told)
    assert (made.kind, made.tax_minor, made.total_minor) == (kind, tax, 4900)
    assert [one.rate_percent for one in made.taxes] == [rate]
    assert ("BR-S-05" in made.why) == (kind is Kind.RECEIPT)
    if kind is Kind.INVOICE:
        assert is_valid(made)


def test_a_line_with_two_taxes_is_no_line_of_an_invoice(draft: Callable[..., Draft]) -> None:
    tables = invoiced()
    tables["tax_lines"] = [
        marts.tax("in_1", tax_minor=458, rate_percent="11.5"),
        marts.tax("in_1", tax_line_ref="other", tax_minor=458, rate_percent="12"),
    ]
    made = draft(**tables)
    assert made.kind is Kind.RECEIPT
    assert "several taxes" in made.why


def test_a_tax_invoice_of_the_gateway_is_copied_with_its_number(draft: Callable[..., Draft]) -> None:
    made = draft(**invoiced() | {"invoices": [marts.invoice("in_1")]})
    assert (made.kind, made.invoice_number, made.is_tax_invoice) == (Kind.BRANDED_COPY, "MARIA-0012", True)


def test_an_entity_without_a_tax_id_issues_receipts_under_its_own_name(draft: Callable[..., Draft]) -> None:
    made = draft(account={"entity": "us"})
    assert (made.kind, made.seller.entity, made.seller.name) == (Kind.RECEIPT, "us", "Lampa Inc.")
    assert made.reply_to == "help@us.lampa.example"
    assert made.taxes == ()


def test_an_account_may_issue_nothing_or_only_receipts(draft: Callable[..., Draft | str]) -> None:
    assert "no documents" in str(draft(account={"documents": "none"}))
    made = draft(account={"documents": "receipt"})
    assert isinstance(made, Draft)
    assert made.kind is Kind.RECEIPT
    assert draft({"customer_email": "nobody"}) == facts.NO_ADDRESS


def test_the_tax_of_a_foreign_currency_is_told_in_the_sellers(draft: Callable[..., Draft]) -> None:
    made = draft({"currency": "USD"})
    assert made.home_tax is not None
    assert (made.home_tax.currency, made.home_tax.source) == ("EUR", "ECB")
    assert 0 < made.home_tax.tax_minor < made.tax_minor
    assert is_valid(made)


def test_tax_that_cannot_be_told_in_the_sellers_currency_makes_no_invoice(
    draft: Callable[..., Draft],
) -> None:
    made = draft({"currency": "KWD", "captured_minor": 11900})  # 1.900 KWD of tax: two decimals would do
    assert (made.kind, made.home_tax) == (Kind.RECEIPT, None)
    assert "its tax cannot be told in EUR" in made.why
    assert "[policy.rates]" in made.why


def test_amounts_without_decimals_are_rounded_as_a_whole(draft: Callable[..., Draft]) -> None:
    """Ten lines of 3 yen bear 5 yen of tax together (19 % in 30), not the 0 of each rounded by itself."""
    lines = [
        marts.line("in_1", place, amount_minor=3, net_minor=3, tax_minor=0, quantity=1) for place in range(10)
    ]
    made = draft(
        {"invoice_ref": INVOICE_REF, "currency": "JPY", "captured_minor": 30},
        documents={"rounding": "line"},
        invoices=[marts.invoice("in_1", is_tax_invoice=False, tax_minor=0, total_minor=30, currency="JPY")],
        invoice_lines=lines,
    )
    assert (made.kind, made.tax_minor, made.total_minor) == (Kind.INVOICE, 5, 30)
    assert is_valid(made)


def test_a_country_known_from_the_tax_alone_is_enough(draft: Callable[..., Draft]) -> None:
    made = draft({"country": "FR"}, customers=[])
    assert (made.kind, made.buyer.country, made.language) == (Kind.INVOICE, "FR", "fr")


def test_a_logo_that_cannot_be_read_is_said_so(
    make_settings: Callable[..., Settings], reader: DuckDBReader, publish: Callable[..., None]
) -> None:
    publish()
    company = make_settings().company.model_dump() | {"look": {"logo": "/nowhere/logo.svg"}}
    skipped: Counter[str] = Counter()
    with pytest.raises(ConfigError, match="logo"):
        facts.drafts(make_settings(company=company), reader, [marts.due_charge("ch_1")], skipped)
