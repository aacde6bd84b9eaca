"""What an agent types finds the right customers, the same way on both engines."""

from collections.abc import Iterator

import duckdb
import pytest

from billing.errors import NotFound
from billing.settings_model import Warehouse
from billing.warehouse import Reader, customers, lookup, open_reader, paths, publish
from billing.warehouse.postgres import connect_postgres

# The columns that the queries read, as the marts name them.
MARTS = {
    "customers": """
        select 'stripe:' || account || ':' || customer_id as customer_ref, 'stripe' as gateway, account,
            customer_id, email, email_key, name, false as is_deleted,
            cast('2026-01-01' as timestamp) as created_at
        from (values
            ('eu', 'cus_maria', 'Maria@Example.com', 'maria@example.com', 'Maria Kowalska'),
            ('us', 'cus_maria2', 'maria@example.com', 'maria@example.com', 'Maria K.'),
            ('eu', 'cus_same1', 'a@example.com', 'a@example.com', 'Same A'),
            ('us', 'cus_same1', 'b@example.com', 'b@example.com', 'Same B'),
            ('eu', 'cus_percent', 'p@example.com', 'p@example.com', 'Hundred % Ltd'),
            ('eu', 'cus_bjork', 'bjork@example.com', 'bjork@example.com', 'Björk Jónsdóttir')
        ) as t (account, customer_id, email, email_key, name)""",
    "person_customers": """
        select 'stripe:eu:cus_maria' as person_ref, customer_ref, 'verified_email' as source,
            'matched by e-mail' as confidence, 'maria@example.com' as matched_email,
            cast(null as varchar) as linked_by
        from (values ('stripe:eu:cus_maria'), ('stripe:us:cus_maria2')) as t (customer_ref)""",
    "charges": """
        select 'stripe:eu:' || charge_id as charge_ref, 'stripe' as gateway, 'eu' as account, charge_id,
            customer_ref, customer_email, customer_name, 'pi_' || charge_id as payment_intent_id, method_last4,
            4900 as captured_minor, 0 as refunded_minor, 'EUR' as currency, 'Sticker' as explanation,
            cast(created_at as timestamp) as created_at
        from (values
            ('ch_maria1', 'stripe:eu:cus_maria', 'maria@example.com', 'Maria', '4242', '2026-11-01'),
            ('ch_maria2', 'stripe:eu:cus_maria', 'maria@example.com', 'Maria', '4242', '2026-11-02'),
            ('ch_bjork1', 'stripe:eu:cus_bjork', 'bjork@example.com', 'Björk', '4242', '2026-11-03'),
            ('ch_guest1', null, ' Guest@Example.com ', 'A Guest', '1881', '2026-11-03'),
            ('ch_guest2', null, 'guest@example.com', 'A Guest', '1881', '2026-11-04')
        ) as t (charge_id, customer_ref, customer_email, customer_name, method_last4, created_at)""",
    "charge_explanations": """
        select 'stripe:eu:ch_maria2' as charge_ref, 'renewal' as kind, true as is_explained,
            'Renewal of Pro monthly, coupon SPRING' as sentence""",
    "refunds": """
        select 'stripe:eu:re_maria' as refund_ref, 're_maria' as refund_id, 'stripe:eu:ch_maria1' as charge_ref,
            'stripe:eu:cus_maria' as customer_ref, cast('2026-11-05' as timestamp) as created_at""",
    "invoices": """
        select 'stripe:eu:in_maria' as invoice_ref, 'in_maria' as invoice_id, 'LAMPA-0007' as number,
            'stripe:eu:cus_maria' as customer_ref, cast('2026-11-05' as timestamp) as created_at""",
    "subscriptions": """
        select 'stripe:eu:sub_maria' as subscription_ref, 'sub_maria' as subscription_id,
            'stripe:eu:cus_maria' as customer_ref, cast('2026-11-05' as timestamp) as created_at""",
    "disputes": """
        select 'x' as dispute_ref, 'stripe:eu:ch_none' as charge_ref, cast(null as varchar) as customer_ref,
            cast('2026-11-05' as timestamp) as created_at""",
    "customer_totals": """
        select 'stripe:eu:cus_maria' as customer_ref, 'EUR' as currency, 9800 as charged_minor""",
    "customer_timeline": """
        select 'a' as timeline_ref, 'stripe:eu:cus_maria' as customer_ref,
            cast('2026-11-05' as timestamp) as occurred_at""",
}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("lookup")
    if request.param == "duckdb":
        warehouse = Warehouse(dir=folder)
        with duckdb.connect(str(folder / paths.MARTS)) as marts:
            marts.execute("create schema marts.marts")
            for name, query in MARTS.items():
                marts.execute(f"create table marts.marts.{name} as {query}")
    else:
        from sqlalchemy import make_url

        url = make_url(request.getfixturevalue("postgres_uri"))
        warehouse = Warehouse(
            engine="postgres",
            dir=folder,
            host=str(url.query["host"]),
            user=str(url.username),
            dbname=str(url.database),
        )
        with connect_postgres(warehouse) as connection:
            connection.execute("drop schema if exists marts cascade")
            connection.execute("create schema marts")
            for name, query in MARTS.items():
                connection.execute(f"create table marts.{name} as {query}")
    publish(warehouse)
    opened = open_reader(warehouse)
    yield opened
    opened.close()


def found(reader: Reader, text: str) -> list[str | None]:
    return sorted(match.customer_ref or str(match.charge_ref) for match in lookup.find(reader, text))


MARIA = "stripe:eu:cus_maria"


@pytest.mark.parametrize(
    ("text", "refs", "how"),
    [
        ("MARIA@example.com ", [MARIA, "stripe:us:cus_maria2"], "e-mail"),
        ("cus_maria", [MARIA], "id"),
        ("ch_maria1", [MARIA], "id"),
        ("pi_ch_maria1", [MARIA], "id"),
        ("re_maria", [MARIA], "id"),
        ("in_maria", [MARIA], "id"),
        ("sub_maria", [MARIA], "id"),
        ("stripe:eu:ch_maria1", [MARIA], "id"),
        ("cus_same1", ["stripe:eu:cus_same1", "stripe:us:cus_same1"], "id"),
        ("stripe:us:cus_same1", ["stripe:us:cus_same1"], "id"),
        ("lampa-0007", [MARIA], "invoice number"),
        ("4242", ["stripe:eu:cus_bjork", MARIA], "last four digits"),
        ("kowal", [MARIA], "name"),
        ("BJÖRK", ["stripe:eu:cus_bjork"], "name"),
        ("%", ["stripe:eu:cus_percent"], "name"),
        ("ch_guest1", ["stripe:eu:ch_guest1"], "id"),
    ],
)
def test_what_is_typed_finds_whom_it_means(reader: Reader, text: str, refs: list[str], how: str) -> None:
    matches = lookup.find(reader, text)
    assert sorted(match.customer_ref or str(match.charge_ref) for match in matches) == refs
    assert {match.matched_by for match in matches} == {how}


def test_an_e_mail_is_a_claim_and_an_id_is_exact(reader: Reader) -> None:
    assert lookup.find(reader, "maria@example.com")[0].confidence == "matched by e-mail"
    assert lookup.find(reader, "cus_maria")[0].confidence == "exact"


def test_a_guest_is_found_by_e_mail_through_the_charges(reader: Reader) -> None:
    matches = lookup.find(reader, "guest@example.com")
    assert matches
    assert {match.customer_ref for match in matches} == {None}
    assert {match.charge_ref for match in matches} <= {"stripe:eu:ch_guest1", "stripe:eu:ch_guest2"}


@pytest.mark.parametrize(
    "text", ["", "   ", "nobody@example.com", "ch_nothing", "' or 1=1 --", "_____", "\\"]
)
def test_what_means_nobody_finds_nobody(reader: Reader, text: str) -> None:
    assert lookup.find(reader, text) == []


def test_the_limit_holds(reader: Reader) -> None:
    assert len(lookup.find(reader, "example", limit=1)) <= 1
    assert len(lookup.find(reader, "4242", limit=1)) == 1


def test_a_customers_page_holds_what_is_theirs(reader: Reader) -> None:
    page = customers.page(reader, MARIA)
    assert page.customer["name"] == "Maria Kowalska"
    assert [charge["charge_id"] for charge in page.charges] == ["ch_maria2", "ch_maria1"]
    # What is inside the amount is told where it is known, else what was bought.
    assert [charge["sentence"] for charge in page.charges] == [
        "Renewal of Pro monthly, coupon SPRING",
        "Sticker",
    ]
    assert [len(part) for part in (page.totals, page.refunds, page.invoices, page.subscriptions)] == [
        1,
        1,
        1,
        1,
    ]
    assert page.disputes == []
    assert [other["customer_ref"] for other in page.others] == ["stripe:us:cus_maria2"]
    assert [charge["charge_id"] for charge in customers.page(reader, MARIA, limit=1).charges] == ["ch_maria2"]


def test_a_page_of_nobody_says_so(reader: Reader) -> None:
    with pytest.raises(NotFound, match="newer than the last load"):
        customers.page(reader, "stripe:eu:cus_nobody")
    with pytest.raises(NotFound, match="newer than the last load"):
        customers.charge(reader, "stripe:eu:ch_nobody")


def test_a_guests_page_holds_the_charges_of_that_address(reader: Reader) -> None:
    page = customers.guest_page(reader, "stripe:eu:ch_guest1")
    assert sorted(charge["charge_id"] for charge in page.charges) == ["ch_guest1", "ch_guest2"]
    assert [int(total["charge_count"]) for total in page.totals] == [2]


def test_a_charge_is_found_by_id_or_reference(reader: Reader) -> None:
    assert customers.charge_by_id(reader, "ch_maria1")["charge_ref"] == "stripe:eu:ch_maria1"
    assert customers.charge_by_id(reader, "stripe:eu:ch_maria1")["charge_id"] == "ch_maria1"
    with pytest.raises(NotFound, match="No charges"):
        customers.charge_by_id(reader, "ch_nothing")
