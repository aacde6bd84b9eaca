"""Which document a credit note or refund receipt corrects, to find all corrections of one at once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Give documents the label of what they correct; none that was issued before corrects anything."""
    op.add_column("documents", sa.Column("corrects_label", sa.Text(), nullable=True))
    op.create_index("documents_by_corrected", "documents", ["corrects_label"])
