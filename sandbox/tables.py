"""The tables of the sandbox's one SQLite file; `state.State` creates and fills them."""

SCHEMA = """
create table if not exists settings(name text primary key, value blob not null) without rowid;
create table if not exists counters(name text primary key, n integer not null) without rowid;
create table if not exists objects(
    seq integer primary key, vendor text not null, account text not null, kind text not null, id text not null,
    created integer not null, parent text, email text, json blob not null);
create unique index if not exists objects_by_id on objects(vendor, account, kind, id);
create index if not exists objects_by_birth on objects(vendor, account, kind, created, seq);
create index if not exists objects_by_parent on objects(vendor, account, kind, parent, created, seq)
    where parent is not null;
create index if not exists objects_by_email on objects(vendor, account, kind, email, created, seq)
    where email is not null;
create table if not exists links(
    vendor text, account text, kind text, field text, value text, created integer, seq integer,
    primary key (vendor, account, kind, field, value, created, seq)) without rowid;
create table if not exists ledger(
    gateway text, account text, currency text, measure text, day text, major text not null,
    primary key (gateway, account, currency, measure, day)) without rowid;
create table if not exists ledger_revenue(
    gateway text, account text, day text, currency text, country text, measure text, major text not null,
    primary key (gateway, account, day, currency, country, measure)) without rowid;
create table if not exists ledger_tax(
    gateway text, account text, day text, currency text, country text, rate text, category text, measure text,
    major text not null,
    primary key (gateway, account, day, currency, country, rate, category, measure)) without rowid;
create table if not exists mrr_movements(
    n integer primary key, gateway text not null, account text not null, at integer not null,
    currency text not null, customer text not null, subscription text not null, major text not null);
create index if not exists mrr_by_subscription on mrr_movements(gateway, account, subscription);
create table if not exists agenda(
    n integer primary key, at integer not null, account text not null, what text not null, args blob not null);
create index if not exists agenda_by_time on agenda(at, n);
create table if not exists idempotency(
    vendor text, account text, key text, fingerprint text not null, at integer not null,
    status integer, body blob, request_id text not null, primary key (vendor, account, key)) without rowid;
create table if not exists webhook_targets(account text primary key, url text not null) without rowid;
create table if not exists deliveries(
    n integer primary key, account text not null, event_id text not null, attempts integer not null default 0,
    due real not null, done integer not null default 0, answer text);
create index if not exists deliveries_waiting on deliveries(done, due);
"""
