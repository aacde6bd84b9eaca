{# Whole seconds since 1970 as a UTC timestamp without a zone. #}
{% macro epoch_to_utc(seconds) -%}
    {{ adapter.dispatch('epoch_to_utc', 'billhouse')(seconds) }}
{%- endmacro %}

{% macro default__epoch_to_utc(seconds) -%}
    make_timestamp({{ seconds }} * 1000000)
{%- endmacro %}

{% macro postgres__epoch_to_utc(seconds) -%}
    (to_timestamp({{ seconds }}) at time zone 'UTC')
{%- endmacro %}

{# An ISO 8601 text in UTC ("2026-11-23T18:00:00Z", "+0000", or without a zone) as a timestamp without a zone. Another
   offset would be cut off by both engines: see iso_offset_to_utc. #}
{% macro iso_to_utc(text) -%}
    cast({{ text }} as timestamp)
{%- endmacro %}

{# An ISO 8601 text with any offset ("2026-11-23T18:00:00+01:00") as a UTC timestamp without a zone. #}
{% macro iso_offset_to_utc(text) -%}
    (cast({{ text }} as timestamptz) at time zone 'UTC')
{%- endmacro %}

{# A day as people write it in a sentence: "12 Oct". #}
{% macro day_and_month(moment) -%}
    {{ adapter.dispatch('day_and_month', 'billhouse')(moment) }}
{%- endmacro %}

{% macro default__day_and_month(moment) -%}
    strftime({{ moment }}, '%-d %b')
{%- endmacro %}

{% macro postgres__day_and_month(moment) -%}
    to_char({{ moment }}, 'FMDD Mon')
{%- endmacro %}

{# The moment that decides what is overdue: var as_of, or the start of this run, in UTC. #}
{% macro as_of() -%}
    cast('{{ var("as_of", none) or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}
