{{ union_details('subscription_ends', [('account', 'text'), ('subscription_id', 'text'), ('ended_at', 'time')]) }}
