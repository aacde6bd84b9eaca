"""Who issues the tax document of a payment, and so what kind of document we issue: never a second tax invoice."""

from billing.errors import ConfigError
from billing.settings_documents import DocumentPolicy
from invoices.snapshot import Kind

NO_DOCUMENTS = "this account is set to issue no documents"


def kind_of(
    policy: DocumentPolicy, *, gateway_issued_tax_invoice: bool, has_seller_tax_id: bool
) -> tuple[Kind | None, str]:
    """Return the kind of document that a payment gets (None for none), and why, in words for finance.

    Raises:
        ConfigError: the account asks for invoices, and its legal entity has no tax id to put on them.
    """
    if policy == "none":
        return None, NO_DOCUMENTS
    if policy == "invoice" and not has_seller_tax_id:
        raise ConfigError(
            "documents = \"invoice\" needs the seller's tax id: set tax_id of the account's legal entity"
        )
    if policy == "receipt":
        return Kind.RECEIPT, "this account is set to issue receipts"
    if gateway_issued_tax_invoice:
        return Kind.BRANDED_COPY, "the gateway issued the tax invoice; this is a copy of it, with its number"
    if policy == "branded_copy":
        return Kind.RECEIPT, "the gateway issued no tax invoice to copy, and this account issues none itself"
    if has_seller_tax_id:
        return Kind.INVOICE, "the gateway issued no tax invoice, and the seller has a tax id"
    return Kind.RECEIPT, "the gateway issued no tax invoice, and the seller has no tax id to issue one with"
