"""Who issues: never two tax invoices for one supply, and always a reason."""

import itertools

import pytest

from billing.errors import ConfigError
from billing.settings_documents import DocumentPolicy
from invoices.issuer import kind_of
from invoices.snapshot import Kind

POLICIES: tuple[DocumentPolicy, ...] = ("auto", "invoice", "receipt", "branded_copy", "none")


@pytest.mark.parametrize(
    ("policy", "gateway", "tax_id", "kind"),
    [
        ("auto", True, True, Kind.BRANDED_COPY),
        ("auto", True, False, Kind.BRANDED_COPY),
        ("auto", False, True, Kind.INVOICE),
        ("auto", False, False, Kind.RECEIPT),
        ("invoice", False, True, Kind.INVOICE),
        ("invoice", True, True, Kind.BRANDED_COPY),
        ("receipt", False, True, Kind.RECEIPT),
        ("branded_copy", True, True, Kind.BRANDED_COPY),
        ("branded_copy", False, True, Kind.RECEIPT),
        ("none", False, True, None),
    ],
)
def test_the_rule(policy: DocumentPolicy, gateway: bool, tax_id: bool, kind: Kind | None) -> None:
    found, why = kind_of(policy, gateway_issued_tax_invoice=gateway, has_seller_tax_id=tax_id)
    assert found == kind
    assert why


def test_never_two_tax_invoices_for_one_supply() -> None:
    for policy, tax_id in itertools.product(POLICIES, (True, False)):
        if policy != "invoice" or tax_id:
            kind, _ = kind_of(policy, gateway_issued_tax_invoice=True, has_seller_tax_id=tax_id)
            assert kind is not Kind.INVOICE


def test_invoices_without_a_tax_id_are_refused() -> None:
    with pytest.raises(ConfigError, match="tax_id"):
        kind_of("invoice", gateway_issued_tax_invoice=False, has_seller_tax_id=False)
