"""The company of the dbt tests, built once on each engine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests import prebuilt
from tests.dbt.company import company, statements
from tests.dbt.warehouse import Outcome, Warehouse

Built = tuple[Warehouse, Outcome]


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The company in DuckDB files, built with every check."""
    warehouse = Warehouse(tmp_path_factory.mktemp("duckdb"))
    warehouse.load(company())
    warehouse.say(*statements())
    return warehouse, warehouse.dbt("build")


@pytest.fixture(scope="session")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_uri: str) -> Iterator[Built]:
    """The same raw rows in a PostgreSQL database, built with every check."""
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("create database dbt_tests")
    uri = make_url(postgres_uri).set(database="dbt_tests").render_as_string(hide_password=False)
    warehouse = Warehouse(tmp_path_factory.mktemp("postgres"), uri)
    warehouse.load(company())
    warehouse.say(*statements())
    yield warehouse, warehouse.dbt("build")
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("drop database dbt_tests with (force)")


@pytest.fixture
def company_built(on_duckdb: Built, tmp_path: Path) -> Warehouse:
    """A copy of the company's warehouse as it was after its build, for tests that change it."""
    for file in on_duckdb[0].folder.glob("*.duckdb"):
        shutil.copyfile(file, tmp_path / file.name)
    return Warehouse(tmp_path)


@pytest.fixture
def warehouse(empty_warehouse: Path, tmp_path: Path) -> Warehouse:
    """A warehouse of DuckDB files in which all models stand and no table holds a row."""
    return Warehouse(prebuilt.begin(empty_warehouse, tmp_path))
