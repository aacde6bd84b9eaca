"""Actions of every verb: the act itself, what it counts in the base currency, and who approved it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Widen action_requests; what is there were refunds of charges, each of a stated amount."""
    for column in (
        sa.Column("kind", sa.Text(), nullable=False, server_default="charge"),
        sa.Column("act", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("counted_minor", sa.BigInteger(), nullable=True),
        sa.Column("counted_currency", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("result_url", sa.Text(), nullable=True),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.Text(), nullable=True),
    ):
        op.add_column("action_requests", column)
    op.execute(
        "update action_requests set act = "
        """'{"verb":"refund","amount":{"minor":' || amount_minor || ',"currency":"' || currency || '"}}'"""
        " where amount_minor is not null"
    )
    op.create_index("action_requests_by_actor", "action_requests", ["actor", "requested_at"])
    op.create_index("action_requests_by_approver", "action_requests", ["approver", "requested_at"])
