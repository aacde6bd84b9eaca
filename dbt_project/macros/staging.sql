{# How raw JSON becomes typed columns. A staging model lists its fields once:

       (name, type, path)                     path "billing_details.email"; a list of paths is tried in order, the
       (name, type, path, 'optional')         current shape first, older API shapes after it

   types: text, currency (upper-cased), int, bool, epoch, iso_time and iso_offset (-> UTC timestamp), decimal, json (text), exists
   (boolean), money in minor units and major in decimal major units (both -> <name>_sent, the gateway's own word, and
   <name>_minor in ISO minor units). "a[].b" sums b over the
   array a. The list also goes into the model's meta, where the test fields_hold reads it: a field that is gone, or
   has another type, is named before anything is built upon it. #}

{# Raw rows that this model has not staged in their present state. Compared by row, not by a high-water mark: batches of
   several accounts may become visible in any order, and none may be missed. #}
{% macro unstaged_rows(raw, id_column) -%}
    select
        account, id as {{ id_column }}, is_deleted, fetched_at, batch_id, created_at as loaded_created_at, data
    from {{ raw }} as raw_rows
    {%- if is_incremental() %}
    where not exists (
        select 1
        from {{ this }} as staged
        where
            staged.account = raw_rows.account
            and staged.{{ id_column }} = raw_rows.id
            and staged.batch_id = raw_rows.batch_id
    )
    {%- endif %}
{%- endmacro %}

{# Prepare every path of `fields` in one pass over `column`. #}
{% macro pick_fields(relation, keys, column, fields) -%}
    {%- set paths = [] -%}
    {%- set sums = [] -%}
    {%- for field in fields -%}
        {%- for path in ([field[2]] if field[2] is string else field[2]) -%}
            {%- if '[]' in path -%}
                {%- do sums.append((field[0] ~ '_sum_' ~ loop.index, path)) -%}
            {%- else -%}
                {%- do paths.append(path) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        {{ keys | join(', ') }},
        {%- for name, path in sums %}
        {{ json_array_sum(column, path.split('[].')[0], path.split('[].')[1]) }} as {{ name }},
        {%- endfor %}
        {{ json_pick(column, paths) }} as picked
    from {{ relation }}
{%- endmacro %}

{# The columns of `fields`, typed; money is still as sent. #}
{% macro type_fields(relation, keys, fields) -%}
    {%- set counter = namespace(value=0) -%}
    select
        {{ keys | join(', ') }},
        {%- for field in fields %}
        {%- set found = [] -%}
        {%- for path in ([field[2]] if field[2] is string else field[2]) -%}
            {%- if '[]' in path -%}
                {%- do found.append('cast(' ~ field[0] ~ '_sum_' ~ loop.index ~ ' as ' ~ dbt.type_string() ~ ')') -%}
            {%- else -%}
                {%- set counter.value = counter.value + 1 -%}
                {%- do found.append(json_picked('picked', path, counter.value)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set value = found[0] if found | length == 1 else 'coalesce(' ~ (found | join(', ')) ~ ')' %}
        {{ typed_value(value, field[1]) }} as {{ field[0] ~ '_sent' if field[1] in ('money', 'major') else field[0] }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}

{% macro typed_value(value, type) -%}
    {%- if type == 'currency' -%} upper({{ value }})
    {%- elif type == 'int' -%} cast({{ value }} as bigint)
    {%- elif type == 'bool' -%} cast({{ value }} as boolean)
    {%- elif type == 'decimal' -%} cast({{ value }} as decimal(18, 6))
    {%- elif type == 'epoch' -%} {{ epoch_to_utc('cast(' ~ value ~ ' as bigint)') }}
    {%- elif type == 'iso_offset' -%} {{ iso_offset_to_utc("nullif(" ~ value ~ ", '')") }}
    {%- elif type == 'iso_time' -%} {{ iso_to_utc("nullif(" ~ value ~ ", '')") }}
    {%- elif type == 'major' -%} nullif({{ value }}, '')
    {%- elif type == 'exists' -%} ({{ value }}) is not null
    {%- else -%} {{ value }}
    {%- endif -%}
{%- endmacro %}

{# Add <name>_minor beside each <name>_sent, by the gateway's own exponents and the ISO ones. #}
{% macro with_minor_units(relation, keys, fields, gateway) -%}
    select
        {%- for key in keys %}
        {{ relation }}.{{ key }},
        {%- endfor %}
        {%- for field in fields %}
        {%- if field[1] == 'money' %}
        {{ relation }}.{{ field[0] }}_sent,
        {{ gateway_minor_to_iso(
            'cast(' ~ relation ~ '.' ~ field[0] ~ '_sent as bigint)',
            'coalesce(own.exponent, iso.exponent)', 'iso.exponent'
        ) }} as {{ field[0] }}_minor
        {%- elif field[1] == 'major' %}
        {{ relation }}.{{ field[0] }}_sent,
        {{ major_to_minor(relation ~ '.' ~ field[0] ~ '_sent', 'iso.exponent') }} as {{ field[0] }}_minor
        {%- else %}
        {{ relation }}.{{ field[0] }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    left join {{ ref('currencies') }} as iso on {{ relation }}.currency = iso.currency
    left join {{ ref('gateway_currency_exponents') }} as own
        on {{ relation }}.currency = own.currency and own.gateway = '{{ gateway }}'
{%- endmacro %}
