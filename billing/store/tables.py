"""The store's tables. Times are ISO 8601 UTC text with microseconds: they sort and hash alike everywhere.

A change here needs a migration in migrations/versions; tests/billing/test_store.py compares the two.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint, text

metadata = MetaData()
_row_id = BigInteger().with_variant(Integer, "sqlite")

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", _row_id, primary_key=True, autoincrement=False),
    Column("occurred_at", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text),
    Column("channel", Text, nullable=False),
    Column("action_id", Text),
    Column("object_ref", Text),
    Column("ticket", Text),
    Column("reason", Text),
    Column("snapshot", Text),
    Column("data", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_log_by_object", "object_ref"),
    Index("audit_log_by_action", "action_id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", _row_id, nullable=False),
    Column("hash", Text, nullable=False),
)

action_requests = Table(
    "action_requests",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="charge"),
    Column("gateway", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("object_ref", Text, nullable=False),
    Column("act", Text, nullable=False, server_default="{}"),
    Column("amount_minor", BigInteger),
    Column("currency", Text),
    Column("counted_minor", BigInteger),
    Column("counted_currency", Text),
    Column("before", Text, nullable=False, server_default="{}"),
    Column("reason", Text, nullable=False),
    Column("note", Text),
    Column("ticket", Text),
    Column("actor", Text, nullable=False),
    Column("role", Text),
    Column("channel", Text, nullable=False),
    Column("snapshot", Text),
    Column("status", Text, nullable=False),
    Column("result_id", Text),
    Column("result_url", Text),
    Column("message", Text),
    Column("requested_at", Text, nullable=False),
    Column("settled_at", Text),
    Column("approver", Text),
    Column("expires_at", Text),
    Index("action_requests_by_object", "object_ref"),
    Index("action_requests_by_actor", "actor", "requested_at"),
    Index("action_requests_by_approver", "approver", "requested_at"),
)
# Two agents at once: while one action on an object has no outcome, the database refuses a second one.
Index(
    "action_requests_one_open",
    action_requests.c.object_ref,
    unique=True,
    sqlite_where=text("status in ('requested', 'unknown')"),
    postgresql_where=text("status in ('requested', 'unknown')"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("gateway", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("done_at", Text),
    Column("error", Text),
    UniqueConstraint("gateway", "account", "event_id", name="inbox_once"),
    Index("inbox_due", "state", "due_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("done_at", Text),
    Column("error", Text),
    UniqueConstraint("topic", "key", name="outbox_once"),
    Index("outbox_due", "topic", "state", "due_at"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

sync_state = Table(
    "sync_state",
    metadata,
    Column("helpdesk", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("email_key", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("synced_at", Text, nullable=False),
)

# Each run over a helpdesk account: a sweep (all contacts) or a push (those that are known). Runs that find nothing
# to do follow one another in one row.
helpdesk_runs = Table(
    "helpdesk_runs",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("helpdesk", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("contacts_seen", Integer, nullable=False),
    Column("contacts_matched", Integer, nullable=False),
    Column("contacts_synced", Integer, nullable=False),
    Column("writes", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("problem", Text),
    Index("helpdesk_runs_by_helpdesk", "helpdesk", "kind", "id"),
)

# Contacts that a helpdesk did not take when they were last written; a row goes when the contact is taken.
contact_troubles = Table(
    "contact_troubles",
    metadata,
    Column("helpdesk", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("email_key", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("since", Text, nullable=False),
    Column("tried_at", Text, nullable=False),
)

# The billing context that a ticket was last given: `chain` names the note, so that each is written once.
ticket_contexts = Table(
    "ticket_contexts",
    metadata,
    Column("helpdesk", Text, primary_key=True),
    Column("ticket_id", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("noted_at", Text, nullable=False),
)

document_series = Table(
    "document_series",
    metadata,
    Column("series", Text, primary_key=True),
    Column("last_number", Integer, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("object_ref", Text, nullable=False),
    Column("email", Text),
    Column("total_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("content_sha256", Text),
    Column("xml_sha256", Text),
    Column("problem", Text),
    Column("issued_at", Text, nullable=False),
    Column("corrects_label", Text),
    UniqueConstraint("series", "number", name="documents_no_gap_twice"),
    UniqueConstraint("kind", "object_ref", name="documents_once"),
    Index("documents_by_corrected", "corrects_label"),
)

# What agents say about who is who: newest first wins for a pair, in either order. An unlink takes `b` out of the
# person that `a` is. Rows are never changed but for `undone_at`.
person_links = Table(
    "person_links",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("customer_ref_a", Text, nullable=False),
    Column("customer_ref_b", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("undone_at", Text),
    Index("person_links_by_a", "customer_ref_a"),
    Index("person_links_by_b", "customer_ref_b"),
)

worker_runs = Table(
    "worker_runs",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("rows_changed", Integer, nullable=False),
    Column("snapshot", Text),
    Column("error", Text),
)

# Proofs that opened a panel, as digests: one that was used is not taken for a new one while it would still hold.
panel_openings = Table(
    "panel_openings",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("used_at", Text, nullable=False),
    Column("forget_at", Text, nullable=False),
    Index("panel_openings_old", "forget_at"),
)

# Every mail that left, by its Message-ID: what a later one answers to, and what a bounce message speaks of.
mail_sent = Table(
    "mail_sent",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("object_ref", Text, nullable=False),
    Column("label", Text),
    Column("email_key", Text, nullable=False),
    Column("sent_at", Text, nullable=False),
    Index("mail_sent_by_label", "label"),
    Index("mail_sent_by_object", "object_ref", "topic"),
)

# Mails that did not arrive. `is_gone` is 1 where the address itself takes no mail any more.
mail_bounces = Table(
    "mail_bounces",
    metadata,
    Column("id", _row_id, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("label", Text),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("is_gone", Integer, nullable=False),
    Column("happened_at", Text, nullable=False),
    UniqueConstraint("message_id", "email_key", "status", name="mail_bounces_once"),
    Index("mail_bounces_by_email", "email_key"),
)

# What customers want to be mailed; whoever is not here wants everything.
mail_preferences = Table(
    "mail_preferences",
    metadata,
    Column("email_key", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("is_wanted", Integer, nullable=False),
    Column("changed_at", Text, nullable=False),
)
