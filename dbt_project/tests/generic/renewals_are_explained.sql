{# A renewal always has a plan or a product: without one the models have lost it. #}
{% test renewals_are_explained(model) %}
    select charge_ref, kind, sentence
    from {{ model }}
    where not is_explained and kind in ('renewal', 'trial_end')
{% endtest %}
