"""What was mailed and what came back, what customers want to be mailed, and why a document is held back."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create mail_sent, mail_bounces and mail_preferences; give documents their XML's hash and their problem."""
    op.add_column("documents", sa.Column("xml_sha256", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("problem", sa.Text(), nullable=True))
    op.create_table(
        "mail_sent",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("object_ref", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index("mail_sent_by_label", "mail_sent", ["label"])
    op.create_index("mail_sent_by_object", "mail_sent", ["object_ref", "topic"])
    op.create_table(
        "mail_bounces",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_gone", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "email_key", "status", name="mail_bounces_once"),
    )
    op.create_index("mail_bounces_by_email", "mail_bounces", ["email_key"])
    op.create_table(
        "mail_preferences",
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("is_wanted", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("email_key", "topic"),
    )
