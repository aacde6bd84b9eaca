"""Who is who: the models' own SQL on an engine in memory, against what grouping must mean for any customers."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ids import email_key
from tests.dbt.conftest import Built
from tests.dbt.warehouse import PROJECT

ORDER = ("statements", "linked", "agent_links", "agent_groups", "evidence", "joined", "taken_out", "grouped")
REFS = [f"stripe:a:cus_{number}" for number in range(8)]
# The same person's, folded alike; another's by a plus, by a letter of another script; of a role.
ADDRESSES = (
    "maria@example.com", " Maria@Example.COM", "mari\u0061@example.com", "maria+shop@example.com",
    "m\u0430ria@example.com", "info@example.com", "Billing+eu@example.com", "o'neil@example.com", "", None,
)  # fmt: skip
SHARED = {"info@example.com", "billing+eu@example.com"}

Statement = tuple[int, str, str, str, str | None]
People = dict[str, str]


class Grouping:
    """The compiled models on tables of an in-memory engine: customers and statements in, people out."""

    def __init__(self, compiled: Path) -> None:
        self.connection = duckdb.connect()
        run = self.connection.execute
        for schema in ("staging.intermediate", "staging.seeds", "staging.staging"):
            run(f"attach if not exists ':memory:' as {schema.split('.')[0]}")
            run(f"create schema {schema}")
        run(
            "create table staging.intermediate.int_customers__unified (customer_ref text, email text, name text)"
        )
        run("create table staging.intermediate.int_people__own_ids (customer_ref text, own_id text)")
        run(f"create table staging.seeds.shared_mailboxes as from '{PROJECT}/seeds/shared_mailboxes.csv'")
        run(
            "create table staging.staging.stg_operations__person_links (link_id bigint, kind text, "
            "customer_ref_a text, customer_ref_b text, actor text, undone_at text)"
        )
        self.models = {
            name: (compiled / "intermediate" / "people" / f"int_people__{name}.sql").read_text()
            for name in ORDER
        }

    def people(
        self,
        emails: Sequence[str | None],
        statements: Sequence[Statement] = (),
        own_ids: Sequence[str | None] = (),
        names: Sequence[str] = (),
    ) -> People:
        """Return the person of each customer REFS[n] with the n-th address."""
        for table in ("staging.stg_operations__person_links", "intermediate.int_customers__unified"):
            self.connection.execute(f"delete from staging.{table}")
        self.connection.execute("delete from staging.intermediate.int_people__own_ids")
        for number, email in enumerate(emails):
            row = [REFS[number], email, names[number] if names else f"Name {number % 3}"]
            self.connection.execute(
                "insert into staging.intermediate.int_customers__unified values (?, ?, ?)", row
            )
        for ref, own_id in zip(REFS, own_ids, strict=False):
            if own_id:
                self.connection.execute(
                    "insert into staging.intermediate.int_people__own_ids values (?, ?)", [ref, own_id]
                )
        for id_, kind, a, b, undone_at in statements:
            self.connection.execute(
                "insert into staging.staging.stg_operations__person_links values (?, ?, ?, ?, 'ana', ?)",
                [id_, kind, a, b, undone_at],
            )
        for name, sql in self.models.items():
            self.connection.execute(
                f"create or replace table staging.intermediate.int_people__{name} as {sql}"
            )
        found = self.connection.execute(
            "select customer_ref, person_ref from staging.intermediate.int_people__grouped"
        )
        return dict(found.fetchall())


@pytest.fixture(scope="module")
def grouping(on_duckdb: Built) -> Iterator[Grouping]:
    made = Grouping(on_duckdb[0].folder / "target" / "compiled" / "billhouse" / "models")
    yield made
    made.connection.close()


def groups(people: People) -> set[frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for customer, person in people.items():
        found[person].add(customer)
    return {frozenset(group) for group in found.values()}


def expected(
    emails: Sequence[str | None], links: Sequence[tuple[str, str]], own: Sequence[str | None]
) -> set[frozenset[str]]:
    """Groups by the plain rule, without unlinks: same personal key, own id, or a link, over any number of steps."""
    group = {ref: {ref} for ref in REFS}  # a link may lead over a customer that was not loaded yet

    def join(a: str, b: str) -> None:
        group[a] |= group[b]
        for ref in group[a]:
            group[ref] = group[a]

    for one, other in combinations(range(len(emails)), 2):
        keys = [email_key(emails[n] or "") for n in (one, other)]
        if keys[0] == keys[1] and keys[0] and keys[0] not in SHARED:
            join(REFS[one], REFS[other])
        users = (
            {email_key(emails[n] or "") for n, id_ in enumerate(own) if id_ == own[one]}
            if own[one:]
            else set()
        )
        if len(own) > other and own[one] and own[one] == own[other] and len(users - {""}) <= 5:
            join(REFS[one], REFS[other])
    for a, b in links:
        join(a, b)
    known = set(REFS[: len(emails)])
    return {frozenset(members & known) for members in group.values()} - {frozenset()}


emails_of = st.lists(st.sampled_from(ADDRESSES), min_size=2, max_size=len(REFS))
pairs = st.tuples(st.sampled_from(REFS), st.sampled_from(REFS)).filter(lambda pair: pair[0] != pair[1])
said = st.lists(st.tuples(st.sampled_from(["link", "unlink"]), pairs, st.booleans()), max_size=8)
quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def numbered(raw: Sequence[tuple[str, tuple[str, str], bool]]) -> list[Statement]:
    return [
        (n, kind, *pair, "2026-11-23" if undone else None) for n, (kind, pair, undone) in enumerate(raw, 1)
    ]


@quick
@given(emails_of, st.lists(pairs, max_size=6), st.lists(st.sampled_from(["u-1", "u-2", None]), max_size=8))
def test_links_addresses_and_own_ids_make_the_closure_and_nothing_more(
    grouping: Grouping, emails: list[str | None], links: list[tuple[str, str]], own: list[str | None]
) -> None:
    statements = [(n, "link", a, b, None) for n, (a, b) in enumerate(links, 1)]
    people = grouping.people(emails, statements, own[: len(emails)])
    assert groups(people) == expected(emails, links, own[: len(emails)])


@quick
@given(emails_of, said)
def test_everybody_is_one_person_named_by_their_smallest_customer(
    grouping: Grouping, emails: list[str | None], raw: list[tuple[str, tuple[str, str], bool]]
) -> None:
    people = grouping.people(emails, numbered(raw))
    assert sorted(people) == sorted(REFS[: len(emails)]), "nobody is lost, nobody is there twice"
    for group in groups(people):
        assert {people[customer] for customer in group} == {min(group)}


@quick
@given(emails_of, said)
def test_an_unlink_wins_over_addresses_and_only_a_later_link_over_it(
    grouping: Grouping, emails: list[str | None], raw: list[tuple[str, tuple[str, str], bool]]
) -> None:
    statements = numbered(raw)
    people = grouping.people(emails, statements)
    standing = {}
    for statement in statements:
        if statement[4] is None:
            standing[frozenset(statement[2:4])] = statement
    for id_, kind, a, b, _ in standing.values():
        together = kind == "unlink" and a in people and people.get(a) == people.get(b)
        assert not together or any(s[1] == "link" and s[0] > id_ for s in standing.values())


@quick
@given(emails_of, said)
def test_undoing_the_last_statement_restores_what_was(
    grouping: Grouping, emails: list[str | None], raw: list[tuple[str, tuple[str, str], bool]]
) -> None:
    statements = numbered(raw)
    before = grouping.people(emails, statements)
    for kind in ("link", "unlink"):
        more: Statement = (99, kind, REFS[0], REFS[1], None)
        grouping.people(emails, [*statements, more])
        assert grouping.people(emails, [*statements, (*more[:4], "2026-11-24")]) == before


def test_what_an_unlink_takes_along(grouping: Grouping) -> None:
    a, b, c, d = REFS[:4]
    same = ["maria@example.com"] * 3
    assert groups(grouping.people(same, [(1, "unlink", a, b, None)])) == {frozenset({a, c}), frozenset({b})}
    # Whoever agents linked with the one taken out goes along, or their address would pull them back together.
    links: list[Statement] = [(1, "link", b, d, None), (2, "unlink", a, b, None)]
    assert groups(grouping.people([*same, "maria@example.com"], links)) == {
        frozenset({a, c}),
        frozenset({b, d}),
    }
    # A link that was wrong is parted by an unlink, and each keeps their own.
    wrong: list[Statement] = [(1, "link", a, b, None), (2, "unlink", a, b, None)]
    emails = ["x@example.com", "y@example.com", "y@example.com"]
    assert groups(grouping.people(emails, wrong)) == {frozenset({a}), frozenset({b, c})}


def test_an_address_that_many_names_use_is_shared(grouping: Grouping) -> None:
    emails: list[str | None] = ["crowd@example.com"] * 7
    assert len(groups(grouping.people(emails, names=["Ana", " ana", "ANA", "", "", "", ""]))) == 1
    assert len(groups(grouping.people(emails, names=["A", "B", "C", "D", "E", "", ""]))) == 1
    assert len(groups(grouping.people(emails, names=["A", "B", "C", "D", "E", "F", ""]))) == 7


@pytest.mark.parametrize("own_id", ["", " "])
def test_a_blank_own_id_is_none(own_id: str, on_duckdb: Built) -> None:
    sql = on_duckdb[0].folder / "target/compiled/billhouse/models/intermediate/people/int_people__own_ids.sql"
    assert "trim(own_id) <> ''" in sql.read_text(), own_id


def person(warehouse: Any, customer: str) -> dict[str, Any]:
    [row] = warehouse.rows(
        "select c.*, p.display_name, p.emails, p.customer_count, p.gateways from marts.person_customers c "
        f"join marts.people p on p.person_ref = c.person_ref where c.customer_ref like '%:{customer}'"
    )
    found: dict[str, Any] = row
    return found


@pytest.mark.parametrize(
    ("customer", "person_ref", "source", "confidence", "matched_email", "linked_by"),
    [
        (
            "cus_maria_us",
            "stripe:stripe_eu:cus_maria",
            "verified_email",
            "matched by e-mail",
            "maria@example.com",
            None,
        ),
        ("cus_kenji", "stripe:stripe_eu:cus_otto", "agent", "confirmed", None, "ana@lampa.example"),
        ("cus_anna_us", "stripe:stripe_eu:cus_anna", "explicit_id", "exact", None, None),
        ("cus_fatima", "stripe:stripe_us:cus_fatima", None, None, None, None),
    ],
)
def test_each_customer_says_how_they_belong(
    customer: str,
    person_ref: str,
    source: str | None,
    confidence: str | None,
    matched_email: str | None,
    linked_by: str | None,
    on_duckdb: Built,
) -> None:
    row = person(on_duckdb[0], customer)
    assert (row["person_ref"], row["source"], row["confidence"]) == (person_ref, source, confidence)
    assert (row["matched_email"], row["linked_by"]) == (matched_email, linked_by)


def test_a_person_has_all_their_addresses(on_duckdb: Built) -> None:
    row = person(on_duckdb[0], "cus_anna")
    assert (row["emails"], row["customer_count"]) == ("anna.b@example.com, anna@example.com", 2)


def test_the_models_of_people_are_all_tried_here(on_duckdb: Built) -> None:
    manifest = json.loads((on_duckdb[0].folder / "target" / "manifest.json").read_text())
    models = {node["name"] for node in manifest["nodes"].values() if "people" in node["fqn"][:-1]}
    assert {f"int_people__{name}" for name in ORDER} | {"int_people__own_ids"} == models
