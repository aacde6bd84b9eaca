{# Schemas are named exactly as configured: people write `marts.charges`, whatever the target. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

{# Only DuckDB keeps its layers in several files; elsewhere everything lives in the target's database. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {{ (custom_database_name if custom_database_name and target.type == 'duckdb' else target.database) | trim }}
{%- endmacro %}
