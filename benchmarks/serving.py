"""Publishing against a plain copy, and a look-up against a bare question to the same file."""

import os
import shutil
from pathlib import Path

import duckdb

from benchmarks.figure import Figure, seconds
from billing.settings_model import Warehouse
from billing.warehouse import lookup, open_reader, paths, publish

LOOK_UPS = 50


def fill(warehouse: Warehouse, customers: int) -> None:
    """Write marts of a given size: ten charges a customer, in the columns that a look-up reads."""
    warehouse.dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse.dir / paths.MARTS)) as marts:
        marts.execute("create schema if not exists marts.marts")
        for name, query in _MARTS.items():
            marts.execute(f"create or replace table marts.marts.{name} as {query}", {"customers": customers})


def measure_publish(warehouse: Warehouse) -> Figure:
    """Publish the marts; the floor copies the same bytes to the same disk and waits until they are there."""
    size = (warehouse.dir / paths.MARTS).stat().st_size / 1e9
    target = warehouse.dir / "floor.copy"

    def floor() -> None:
        shutil.copyfile(warehouse.dir / paths.MARTS, target)
        with target.open("rb+") as handle:
            os.fsync(handle.fileno())

    ours = seconds(lambda: publish(warehouse))
    figure = Figure("publish", "s/GB", ours / size, seconds(floor) / size, f"cp and fsync of {size:.2f} GB")
    target.unlink()
    return figure


def measure_look_up(warehouse: Warehouse, customers: int) -> list[Figure]:
    """Look customers up by e-mail and by charge id in the published copy, one after the other."""
    reader = open_reader(warehouse)
    name = (warehouse.dir / paths.CURRENT).read_text()
    bare = duckdb.connect(str(Path(warehouse.dir) / name), read_only=True)
    wanted = [number * customers // LOOK_UPS for number in range(LOOK_UPS)]
    try:
        return [
            _figure(
                "look-up by e-mail",
                lambda: [lookup.find(reader, f"person{n}@example.com") for n in wanted],
                lambda: [_ask(bare, "customers", "email_key", f"person{n}@example.com") for n in wanted],
            ),
            _figure(
                "look-up by charge id",
                lambda: [lookup.find(reader, f"ch_{n:012d}") for n in wanted],
                lambda: [_ask(bare, "charges", "charge_id", f"ch_{n:012d}") for n in wanted],
            ),
        ]
    finally:
        bare.close()
        reader.close()


def _figure(what: str, ours: object, floor: object) -> Figure:
    assert callable(ours)
    assert callable(floor)
    per_one = 1000 / LOOK_UPS
    return Figure(
        what,
        "ms",
        seconds(ours) * per_one,
        seconds(floor) * per_one,
        "one bare select of one row from one table of that file",
    )


def _ask(connection: duckdb.DuckDBPyConnection, table: str, column: str, value: str) -> object:
    found = connection.execute(f"select * from marts.{table} where {column} = $value", {"value": value})
    row = found.fetchone()
    assert row is not None
    return row


_REFS = "'stripe' as gateway, 'bench' as account"
_MARTS = {
    "customers": f"""
        select 'stripe:bench:cus_' || lpad(n::varchar, 12, '0') as customer_ref, {_REFS},
            'cus_' || lpad(n::varchar, 12, '0') as customer_id, 'person' || n || '@example.com' as email,
            'person' || n || '@example.com' as email_key, 'Person ' || n as name,
            timestamp '2026-01-01' as created_at
        from range($customers) t(n)""",
    "charges": f"""
        select 'stripe:bench:ch_' || lpad(n::varchar, 12, '0') as charge_ref, {_REFS},
            'ch_' || lpad(n::varchar, 12, '0') as charge_id,
            'pi_' || lpad(n::varchar, 12, '0') as payment_intent_id,
            'stripe:bench:cus_' || lpad((n // 10)::varchar, 12, '0') as customer_ref,
            'person' || (n // 10) || '@example.com' as customer_email, md5(n::varchar) as description,
            4900::bigint as amount_minor, 'EUR' as currency, '4242' as method_last4,
            timestamp '2026-01-01' as created_at
        from range($customers * 10) t(n)""",
    "refunds": """
        select 're_' || n as refund_id, 'stripe:bench:ch_' || lpad((n * 97)::varchar, 12, '0') as charge_ref
        from range($customers // 10) t(n)""",
    "invoices": """
        select 'in_' || n as invoice_id, 'N-' || n as number,
            'stripe:bench:cus_' || lpad(n::varchar, 12, '0') as customer_ref
        from range($customers) t(n)""",
    "subscriptions": """
        select 'sub_' || n as subscription_id, 'stripe:bench:cus_' || lpad(n::varchar, 12, '0') as customer_ref
        from range($customers) t(n)""",
}
