"""A payment's road to its payer: the vendor's webhook, the worker, the document by mail within one run, once."""

from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest

import invoices.run
from billhouse import worker
from billhouse.house import House
from invoices import register
from invoices.register import Entry, State
from tests.billhouse.letters import aim, listening, wait_until_delivered
from tests.billhouse.prepared import Prepared, keeping_time_with
from tests.conftest import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MONTH = 35

Told = tuple[Sandbox, House, list[Entry]]


@pytest.fixture(scope="module")
def told(prepared: Prepared) -> Iterator[Told]:
    """The house after a month of renewals of which it heard by webhooks alone, and the documents from before."""
    with prepared.open() as (sandbox, house), listening(house) as door:
        before = list(register.walk(house.engine))
        aim(sandbox, door.url)
        httpx.delete(f"{sandbox.url}/mail/messages").raise_for_status()
        sandbox.control("clock", advance_days=MONTH)
        wait_until_delivered(sandbox)
        with keeping_time_with(sandbox):
            assert worker.take_in(house) is not None
            yield sandbox, house, before


def fresh(told: Told) -> list[Entry]:
    _, house, before = told
    known = {one.id for one in before}
    return [one for one in register.walk(house.engine) if one.id not in known]


def mails(sandbox: Sandbox) -> Counter[str]:
    """How often each document's number stands in the subject of a mail."""
    sent = httpx.get(f"{sandbox.url}/mail/messages").json()
    return Counter(word.strip("()") for one in sent for word in one["subject"].split())


def test_what_webhooks_told_of_is_issued_and_mailed_in_the_workers_run(told: Told) -> None:
    sandbox, _, _ = told
    found = fresh(told)
    assert len(found) > 3
    assert {one.state for one in found} == {State.MAILED}, [one.problem for one in found]
    counted = mails(sandbox)
    assert {one.issued.label: counted[one.issued.label] for one in found} == {
        one.issued.label: 1 for one in found
    }


def test_a_later_run_finds_nothing_left(told: Told, quiet: Callable[[str, int], None]) -> None:
    sandbox, house, _ = told
    before = mails(sandbox)
    report = invoices.run.run(house.settings, house.engine, house.reader, quiet)
    assert (report.documents_issued, report.mails_sent) == (0, 0)
    assert mails(sandbox) == before


def test_no_number_is_missing_afterwards(told: Told) -> None:
    _, house, _ = told
    assert [one for one in register.series(house.engine) if one.fault] == []
