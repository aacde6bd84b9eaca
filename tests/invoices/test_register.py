"""The register: what was issued and how it stands, filters that both databases understand, gaps that are named."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from billing.errors import NotFound
from billing.money import Money
from billing.store import open_store, sent_mail, transaction
from billing.store.outbox import DOCUMENT_AGAIN
from billing.store.tables import document_series
from invoices import register
from invoices.register import State, Wanted
from invoices.snapshot import Kind
from tests.invoices import by_hand
from tests.invoices.conftest import MovableClock

Keep = Callable[..., int]


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    is_file = request.param == "sqlite"
    opened = open_store(
        f"sqlite:///{tmp_path}/store.db" if is_file else request.getfixturevalue("postgres_url")
    )
    yield opened
    opened.dispose()


@pytest.fixture
def keep(engine: Engine) -> Keep:
    return partial(by_hand.keep, engine)


@pytest.fixture
def company(engine: Engine, keep: Keep) -> None:
    other = by_hand.issued("x", Kind.INVOICE).seller.model_copy(update={"entity": "uk"})
    keep("R-2026-00001", Kind.RECEIPT, "done")
    keep("INV-2026-00001", Kind.INVOICE, "failed", "held back", problem="BR-CO-10: the lines do not add up")
    keep("R-2026-00002", Kind.RECEIPT, "failed", "550 no such mailbox")
    keep("R-2026-00003", Kind.RECEIPT, "done")
    with transaction(engine) as connection:
        sent_mail.bounced(
            connection, "<1@x>", "maria@example.com", "R-2026-00003", "5.2.2", "The mailbox is full."
        )
    keep("UK-2026-00001", Kind.INVOICE, seller=other, issued_at="2026-11-09T00:00:00.000000+00:00")
    keep("CN-2026-00001", Kind.CREDIT_NOTE, "pending", "421 busy", corrects_label="INV-2026-00001")
    keep("PR-2026-00001", Kind.PAYMENT_REQUEST, None, paid_minor=0)


@pytest.mark.usefixtures("company")
def test_each_document_is_there_with_why_and_how_its_mail_stands(engine: Engine) -> None:
    found = {one.issued.label: one for one in register.entries(engine)}
    assert next(iter(found)) == "PR-2026-00001", "the newest first"
    assert {label: one.state for label, one in found.items()} == {
        "R-2026-00001": State.MAILED,
        "INV-2026-00001": State.INVALID,
        "R-2026-00002": State.REFUSED,
        "R-2026-00003": State.REFUSED,
        "UK-2026-00001": State.WAITING,
        "CN-2026-00001": State.WAITING,
        "PR-2026-00001": State.NOT_MAILED,
    }
    broken = found["INV-2026-00001"]
    assert broken.problem == "BR-CO-10: the lines do not add up"
    assert found["R-2026-00003"].problem == "The mailbox is full."
    assert found["R-2026-00002"].problem == "550 no such mailbox"
    row = broken.as_row()
    assert (row["why"], row["customer"], row["entity"]) == ("The gateway issued none.", "Maria", "company")
    assert (row["amount_minor"], row["charge_ref"]) == (90, "c:INV-2026-00001")
    assert found["CN-2026-00001"].problem == "421 busy"
    assert found["CN-2026-00001"].issued.corrects_label == "INV-2026-00001"
    assert found["PR-2026-00001"].amount == Money(100, "EUR"), "what is asked for, of which nothing is paid"
    assert register.counts(engine) == {
        State.MAILED: 1, State.INVALID: 1, State.REFUSED: 2, State.WAITING: 2, State.NOT_MAILED: 1,
    }  # fmt: skip


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("label", ["R-2026-00002", "R-2026-00003"], ids=["refused", "came back"])
def test_what_was_sent_again_is_mailed_until_that_comes_back_too(
    engine: Engine, moment: MovableClock, label: str
) -> None:
    again = sent_mail.Sent("<2@x>", DOCUMENT_AGAIN, "c:1", label, "tax@example.com")
    moment.now += timedelta(minutes=1)
    with transaction(engine) as connection:
        sent_mail.note(connection, again)
    one = register.named(engine, label)
    assert (one.state, one.problem) == (State.MAILED, None)
    moment.now += timedelta(minutes=1)
    with transaction(engine) as connection:
        sent_mail.bounced(connection, again.message_id, "tax@example.com", label, "5.1.1", "No such user")
    one = register.named(engine, label)
    assert (one.state, one.problem) == (State.REFUSED, "No such user")


def test_documents_of_objects_are_found_the_newest_first(engine: Engine, keep: Keep) -> None:
    for number, ref in enumerate(("s:a:ch_1", "s:a:re_1", "s:a:ch_2"), 1):
        keep(f"R-2026-0000{number}", Kind.RECEIPT, object_ref=ref)
    found = register.about(engine, ["s:a:ch_1", "s:a:re_1", "s:a:ch_9"])
    assert [one.issued.label for one in found] == ["R-2026-00002", "R-2026-00001"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        (Wanted(kind=Kind.INVOICE), ["UK-2026-00001", "INV-2026-00001"]),
        (Wanted(entity="uk"), ["UK-2026-00001"]),
        (Wanted(entity="company", kind=Kind.INVOICE), ["INV-2026-00001"]),
        (Wanted(since=date(2026, 11, 3)), ["UK-2026-00001"]),
        (Wanted(state=State.NOT_MAILED), ["PR-2026-00001"]),
        (Wanted(state=State.INVALID), ["INV-2026-00001"]),
        (Wanted(state=State.REFUSED), ["R-2026-00003", "R-2026-00002"]),
        (Wanted(entity="nobody"), []),
    ],
)
def test_filters(engine: Engine, wanted: Wanted, labels: list[str]) -> None:
    assert [one.issued.label for one in register.entries(engine, wanted)] == labels
    assert [one.issued.label for one in register.walk(engine, wanted)] == labels
    assert sum(register.counts(engine, wanted).values()) == len(labels)


@pytest.mark.usefixtures("company")
def test_one_document_is_found_by_its_number(engine: Engine) -> None:
    assert register.named(engine, "inv-2026-00001").issued.label == "INV-2026-00001"
    with pytest.raises(NotFound, match="No document INV-2026-00009"):
        register.named(engine, "INV-2026-00009")


def test_a_series_is_proven_whole_or_its_gap_is_named(engine: Engine, keep: Keep) -> None:
    for number in (1, 2, 4, 9):
        keep(f"INV-2026-{number:05d}", Kind.INVOICE)
    keep("R-2026-00001", Kind.RECEIPT)
    keep("CN-2026-00002", Kind.CREDIT_NOTE)
    last = {"INV-2026": 9, "R-2026": 1, "X-2026": 0, "CN-2026": 1}
    with transaction(engine) as connection:
        for name, number in last.items():
            connection.execute(insert(document_series).values(series=name, last_number=number))
    found = {one.name: (one.first, one.last, one.issued, one.fault) for one in register.series(engine)}
    assert found == {
        "CN-2026": (2, 1, 1, "number 2 is beyond the last one that the series knows"),
        "INV-2026": (1, 9, 4, "missing 3, 5, 6, 7, 8"),
        "R-2026": (1, 1, 1, None),
        "X-2026": (None, 0, 0, None),
    }
