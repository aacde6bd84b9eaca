{{ union_details('credited_refunds', [('account', 'text'), ('refund_id', 'text')]) }}
