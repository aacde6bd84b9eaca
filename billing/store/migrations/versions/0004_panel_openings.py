"""Openings of panels that were used, so that none is used twice."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create panel_openings."""
    op.create_table(
        "panel_openings",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sa.Column("forget_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("panel_openings_old", "panel_openings", ["forget_at"])
