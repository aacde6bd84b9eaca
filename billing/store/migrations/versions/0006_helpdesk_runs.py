"""What each run over a helpdesk did, and which contacts were not taken."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create helpdesk_runs and contact_troubles."""
    counts = ("milliseconds", "contacts_seen", "contacts_matched", "contacts_synced", "writes", "failed")
    op.create_table(
        "helpdesk_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("helpdesk_runs_by_helpdesk", "helpdesk_runs", ["helpdesk", "kind", "id"])
    op.create_table(
        "contact_troubles",
        sa.Column("helpdesk", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("helpdesk", "contact_id"),
    )
