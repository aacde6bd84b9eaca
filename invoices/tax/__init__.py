"""Tax of supplies for which a gateway gave no tax lines; pure computation, but for the question to VIES."""

from invoices.tax.categories import UnmappedReason, category_of
from invoices.tax.home import at_rate, home_tax
from invoices.tax.ids import normal, tax_id_state
from invoices.tax.splitting import BadRate, half_up, split, split_lines
from invoices.tax.treatment import REVERSE_CHARGE, Treatment, treat

__all__ = [
    "REVERSE_CHARGE",
    "BadRate",
    "Treatment",
    "UnmappedReason",
    "at_rate",
    "category_of",
    "half_up",
    "home_tax",
    "normal",
    "split",
    "split_lines",
    "tax_id_state",
    "treat",
]
