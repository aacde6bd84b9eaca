"""Finance's marts follow the agents' ones: not at once, and never not at all."""

import pytest

from billhouse import finance_lag, worker
from billhouse.finance_lag import FinanceLag
from billhouse.house import House
from billing.store import inbox, transaction
from gateways.stripe.api import StripeApi
from pipelines import due
from tests.billhouse.prepared import Prepared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_CHARGE = """
    select charge_id, refundable_minor from charges
    where account = 'stripe_eu' and currency = 'EUR' and status = 'paid' and refundable_minor > 200
    order by charge_id limit 1"""
_REFUNDED = (
    "select sum(refunds_minor) as minor from revenue_daily where account = 'stripe_eu' and currency = 'EUR'"
)


def test_an_agent_sees_a_refund_first_and_finance_when_it_is_quiet(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    with prepared.open() as (_, house):
        (charge,) = house.reader.rows(_CHARGE)
        ref = f"stripe:stripe_eu:{charge['charge_id']}"
        before = refunded(house)
        refund(house, charge["charge_id"])
        lag = FinanceLag()
        assert worker.take_in(house) is not None
        lag.grow()
        shown = house.reader.rows("select amount_minor from refunds where charge_ref = $ref", {"ref": ref})
        assert [row["amount_minor"] for row in shown] == [200]
        assert refunded(house) == before
        assert due.due(house.settings) is not None, "what was left out is on record, for a cycle too"

        assert not lag.end_if_due(house), "it is not quiet yet"
        monkeypatch.setattr(finance_lag, "QUIET_SECONDS", 0.0)
        assert lag.end_if_due(house)
        assert abs(refunded(house) - before) == 200
        assert due.due(house.settings) is None
        assert not lag.end_if_due(house), "once is enough"


def refunded(house: House) -> int:
    (row,) = house.reader.rows(_REFUNDED)
    return int(row["minor"])


def refund(house: House, charge_id: str) -> None:
    account = next(one for one in house.settings.gateways.stripe if one.account == "stripe_eu")
    api = StripeApi(account)
    made = api.write(lambda client: client.v1.refunds.create({"charge": charge_id, "amount": 200}))
    with transaction(house.engine) as connection:
        for kind, object_id in (("refund", made["id"]), ("charge", charge_id)):
            inbox.receive(
                connection,
                gateway="stripe",
                account="stripe_eu",
                event_id=f"evt_{object_id}",
                event_type="refund.created",
                object_kind=kind,
                object_id=object_id,
            )
