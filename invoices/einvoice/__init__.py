"""Structured e-invoices by EN 16931: a frozen document -> XML, and whether that XML keeps the rules.

`cii` writes UN/CEFACT CII (what Factur-X and ZUGFeRD embed in a PDF), `ubl` writes OASIS UBL 2.1; both say
the same.
`problems` is the judge: XSD and schematron, in words. Only invoices and credit notes have such a form.
"""

from invoices.einvoice.check import problems
from invoices.einvoice.cii import cii
from invoices.einvoice.ubl import ubl
from invoices.einvoice.values import NotValid

__all__ = ["NotValid", "cii", "problems", "ubl"]
