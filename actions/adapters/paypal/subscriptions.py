"""PayPal's subscriptions: suspended, activated, cancelled at once, revised if the subscriber agrees, collected."""

from dataclasses import replace
from typing import Any

from actions import live
from actions.acts import CancelSubscription, ChangePlan
from actions.adapters.paypal.collecting import Collecting
from actions.adapters.paypal.sending import SUBSCRIPTIONS, Thing, at, from_paypal, key, link, reason
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, SubscriptionStatus
from gateways import status_map
from gateways.paypal.api import PaypalApi

_AS_IT_IS = ("SUBSCRIPTION_STATUS_INVALID",)
_WANTED = {
    Verb.PAUSE_SUBSCRIPTION: ("/suspend", "SUSPENDED"),
    Verb.RESUME_SUBSCRIPTION: ("/activate", "ACTIVE"),
    Verb.CANCEL_SUBSCRIPTION: ("/cancel", "CANCELLED"),
}


class Subscriptions:
    """Reads subscriptions and does what can be done to them."""

    kind = ObjectKind.SUBSCRIPTION

    def __init__(self, api: PaypalApi) -> None:
        self._api = api
        collecting = Collecting(api)
        self.handlers = {
            **{verb: Handler(self._move, self._find_moved) for verb in _WANTED},
            Verb.CHANGE_PLAN: Handler(self._change, self._find_change),
            Verb.RETRY_PAYMENT: Handler(collecting.send, collecting.find),
        }

    def read(self, subscription_id: str) -> Live:
        """Read a subscription as it is now. MONEY NEVER MOVES."""
        found = self._api.get(at(SUBSCRIPTIONS, subscription_id))
        info = found.get("billing_info") or {}
        due = from_paypal(info["outstanding_balance"]) if "outstanding_balance" in info else None
        status = SubscriptionStatus(status_map.status("paypal", "subscription", _word(found)))
        described = live.subscription(
            found["id"],
            status,
            is_ending=False,
            has_coupon=False,
            due=due,
            raw_status=found["status"],
            raw=_recorded(found),
        )
        if status is SubscriptionStatus.PAUSED and due is not None and due.minor > 0:
            # PayPal suspends after its last failed try, and collects what is due from a suspended one as well.
            obstacles = dict(described.obstacles)
            obstacles.pop(Verb.RETRY_PAYMENT, None)
            return replace(described, obstacles=obstacles)
        return described

    def _move(self, order: Order) -> Effect:
        """Suspend, activate or cancel. NO MONEY MOVES; an activated one is charged at its next billing time.

        PayPal keeps no keys for these, but refuses what does not fit the state; if that is the wanted one, it is
        done. PayPal ends a subscription at once, what is paid stays paid; it knows no end of the period.
        """
        step, wanted = _WANTED[order.act.verb]
        if isinstance(order.act, CancelSubscription) and order.act.at_period_end:
            raise Refused(
                "PayPal: a subscription ends at once there, and cannot be cancelled for the end of its period. "
                "Cancel it now: what is paid stays paid, and nothing more is charged"
            )
        try:
            path = at(SUBSCRIPTIONS, order.target.id, step)
            written = self._api.writer.post(path, {"reason": reason(order)}, request_id=key(order))
        except Refused as refusal:
            if refusal.code not in _AS_IT_IS or self._status_of(order) != wanted:
                raise
            return _moved(order, wanted, None)
        return _moved(order, wanted, written.debug_id)

    def _find_moved(self, order: Order) -> Effect | None:
        wanted = _WANTED[order.act.verb][1]
        return _moved(order, wanted, None) if self._status_of(order) == wanted else None

    def _status_of(self, order: Order) -> str:
        return str(self._api.get(at(SUBSCRIPTIONS, order.target.id))["status"])

    def _change(self, order: Order) -> Effect:
        """Propose another plan or quantity. NO MONEY MOVES, and nothing changes before the subscriber agrees.

        PayPal prorates nothing: the new price counts from the next payment. Only the answer has the link to agree;
        a proposal whose answer is lost leaves no trace at PayPal, and nothing comes of it.
        """
        act: ChangePlan = order.act
        if _has(order.before, act):
            return _changed(order, None)
        body = {"plan_id": act.plan_id} | ({"quantity": str(act.quantity)} if act.quantity else {})
        written = self._api.writer.post(
            at(SUBSCRIPTIONS, order.target.id, "/revise"), body, request_id=key(order)
        )
        return Effect(
            EffectStatus.PENDING,
            "PROPOSED",
            url=link(written.body, "approve"),
            explanation="the customer must agree on PayPal's page first; send them its link",
            touched=(("subscription", order.target.id),),
            request_id=written.debug_id,
        )

    def _find_change(self, order: Order) -> Effect | None:
        now = self._api.get(at(SUBSCRIPTIONS, order.target.id))
        return _changed(order, None) if _has(now, order.act) else None


def _has(subscription: Thing, act: ChangePlan) -> bool:
    is_same = act.quantity is None or str(subscription.get("quantity")) == str(act.quantity)
    return bool(subscription.get("plan_id") == act.plan_id and is_same)


def _word(subscription: Thing) -> str:
    """Return the state in the words of the models: PayPal says ACTIVE of trials and of failed payments as well."""
    info, status = subscription.get("billing_info") or {}, str(subscription["status"])
    if status != "ACTIVE":
        return status
    if info.get("failed_payments_count"):
        return "ACTIVE:FAILED_PAYMENTS"
    is_trial = any(
        cycle["tenure_type"] == "TRIAL" and cycle.get("cycles_remaining")
        for cycle in info.get("cycle_executions", ())
    )
    return "ACTIVE:TRIAL" if is_trial else status


def _recorded(subscription: Thing) -> dict[str, Any]:
    """Return the fields of a subscription that the audit log keeps."""
    info = subscription.get("billing_info") or {}
    return {
        **{
            name: subscription.get(name)
            for name in ("id", "status", "plan_id", "quantity", "status_update_time")
        },
        "outstanding": info.get("outstanding_balance"),
        "failed_payments_count": info.get("failed_payments_count"),
        "next_billing_time": info.get("next_billing_time"),
        "last_payment_time": (info.get("last_payment") or {}).get("time"),
        "last_failed_payment_time": (info.get("last_failed_payment") or {}).get("time"),
    }


def _moved(order: Order, status: str, debug_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        status,
        after={"id": order.target.id, "status": status},
        touched=(("subscription", order.target.id),),
        request_id=debug_id,
    )


def _changed(order: Order, debug_id: str | None) -> Effect:
    act: ChangePlan = order.act
    return Effect(
        EffectStatus.SUCCEEDED,
        "ACTIVE",
        after={"id": order.target.id, "plan_id": act.plan_id, "quantity": act.quantity},
        touched=(("subscription", order.target.id),),
        request_id=debug_id,
    )
