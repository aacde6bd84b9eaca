"""Settings -> a psycopg connection to a PostgreSQL warehouse, in UTC."""

import psycopg

from billing.errors import Transient
from billing.settings_model import Warehouse

SWAP_LOCK = 7_204_313  # PostgreSQL advisory lock: the swap of schemas holds it alone, readers share it


def connect_postgres(warehouse: Warehouse) -> psycopg.Connection[tuple[object, ...]]:
    """Open a connection in autocommit mode with its time zone set to UTC.

    Raises:
        Transient: the server does not answer.
    """
    try:
        return psycopg.connect(
            host=warehouse.host,
            port=warehouse.port,
            user=warehouse.user,
            dbname=warehouse.dbname,
            password=warehouse.password.get_secret_value() if warehouse.password else None,
            options="-c TimeZone=UTC",
            autocommit=True,
        )
    except psycopg.OperationalError as cause:
        raise Transient(
            f"The warehouse at {warehouse.host}:{warehouse.port} does not answer: {cause}"
        ) from cause
