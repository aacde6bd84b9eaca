{{ union_details('subscription_nets', [
    ('account', 'text'), ('subscription_id', 'text'), ('net_minor', 'money')
]) }}
