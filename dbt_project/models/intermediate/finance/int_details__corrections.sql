{{ union_details('corrections', [
    ('account', 'text'), ('entity', 'text'), ('object_id', 'text'), ('corrected_at', 'time')
]) }}
