"""Gateways -> raw tables by dlt, raw -> marts by dbt. With dagster_defs the only importer of dlt."""
