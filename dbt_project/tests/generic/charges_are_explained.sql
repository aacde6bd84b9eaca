{# Charges of which the data does not say why: somebody will ask, and an agent will have to look elsewhere. #}
{% test charges_are_explained(model) %}
    select charge_ref, kind, sentence
    from {{ model }}
    where not is_explained
{% endtest %}
