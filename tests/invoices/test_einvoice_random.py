"""Random documents of all shapes: whatever adds up is valid, in both syntaxes."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices import einvoice
from invoices.snapshot import Buyer, Category, Issued, Kind, Line
from tests.invoices.issued import BUYER, issued, line

TEXT = st.text(min_size=1, max_size=200).map(lambda words: f"Plan {words}")
RATES = st.sampled_from(["19", "7", "5.5", "25.5", "2.1", "8.1"])
UNTAXED = st.sampled_from([Category.ZERO, Category.EXEMPT, Category.REVERSE_CHARGE, Category.EXPORT])


@st.composite
def lines(draw: st.DrawFn, outside: bool) -> Line:
    rate, category = draw(RATES), Category.STANDARD
    if outside:
        rate, category = "0", Category.OUTSIDE
    elif draw(st.booleans()):
        rate, category = "0", draw(UNTAXED)
    return line(
        draw(st.integers(-50_000, 9_999_999)) * 10,  # whole hundredths where a currency has thousandths
        rate,
        category,
        description=draw(TEXT),
        quantity=draw(st.none() | st.integers(0, 5000)),
        discount_minor=draw(st.just(0) | st.integers(0, 100_000)) * 10,
        period_start=draw(st.sampled_from([None, "2026-10-01"])),
        period_end=draw(st.sampled_from([None, "2026-10-31"])),
    )


@st.composite
def documents(draw: st.DrawFn) -> Issued:
    made = draw(st.lists(lines(outside=draw(st.booleans())), min_size=1, max_size=8))
    who: Buyer = BUYER.model_copy(update={"name": draw(st.none() | TEXT), "city": draw(st.none() | TEXT)})
    return issued(
        draw(st.sampled_from([Kind.INVOICE, Kind.CREDIT_NOTE])),
        draw(st.sampled_from(["EUR", "USD", "JPY", "ISK", "GBP", "PLN"])),
        made,
        buyer=who,
        method=draw(st.sampled_from([None, "Visa ending in 4242", "PayPal", "SEPA Direct Debit"])),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(documents().filter(lambda document: document.total_minor >= 0))
def test_what_adds_up_is_valid(document: Issued) -> None:
    assert einvoice.problems(einvoice.cii(document)) == []
    assert einvoice.problems(einvoice.ubl(document)) == []
