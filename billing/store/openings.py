"""Proofs that opened a panel: each is remembered, as a digest, for as long as it would still hold."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from billing import clock
from billing.store.clocktext import from_text, now_text, to_text
from billing.store.tables import panel_openings

rows = panel_openings.c


def use(connection: Connection, proof: str, forget_at: datetime) -> datetime | None:
    """Use a proof: return None the first time, and afterwards the moment of its first use.

    Args:
        connection: of the store, in a transaction.
        proof: what is to be used once; only its digest is kept.
        forget_at: from when on the proof does not hold anyway.
    """
    connection.execute(panel_openings.delete().where(rows.forget_at < now_text()))
    digest = hashlib.sha256(proof.encode()).hexdigest()
    fresh = {"digest": digest, "used_at": to_text(clock.now()), "forget_at": to_text(forget_at)}
    try:
        with connection.begin_nested():  # two at once: the second finds the first one's row, and goes on
            connection.execute(panel_openings.insert().values(fresh))
    except IntegrityError:
        used = select(rows.used_at).where(rows.digest == digest)
        return from_text(connection.execute(used).scalar_one())
    return None
