"""What leaves the house after an action: entries of the outbox, written in the transaction of its outcome.

They are delivered later, at least once and idempotently, by those who know how: `helpdesk_sync` writes ticket
notes, `invoices` mails refund receipts. A letter that fails never undoes or blocks the action.
"""

from sqlalchemy import Connection

from actions.ports import Effect
from actions.store import Request
from billing.store import outbox
from billing.verbs import FACTS, REASONS, Verb
from billing.vocabulary import ActionStatus


def write(
    connection: Connection, request: Request, status: ActionStatus, effect: Effect, message: str
) -> None:
    """Put what this outcome has to say into the outbox; the same outcome is said once.

    ticket_note: every outcome of an action that names a ticket. refund_receipt: money that went back.
    """
    if request.ticket:
        outbox.put(
            connection,
            outbox.TICKET_NOTE,
            f"{request.action_id}:{status.value}",
            {
                "ticket": request.ticket,
                "title": FACTS[request.verb].title,
                "message": message,
                "action_id": request.action_id,
                "target": str(request.target),
                "actor": request.actor.name,
                "approver": request.approver,
                "reason": REASONS[request.reason],
                "note": request.note,
                "url": effect.url,
            },
        )
    if request.verb is Verb.REFUND and status is ActionStatus.SUCCEEDED and effect.made_id:
        amount = effect.amount or request.amount
        assert amount is not None
        ref = request.target
        outbox.put(
            connection,
            outbox.REFUND_RECEIPT,
            f"{ref.gateway}:{ref.account}:{effect.made_id}",
            {
                "refund_ref": f"{ref.gateway}:{ref.account}:{effect.made_id}",
                "charge_ref": str(ref),
                "amount_minor": amount.minor,
                "currency": amount.currency,
            },
        )
