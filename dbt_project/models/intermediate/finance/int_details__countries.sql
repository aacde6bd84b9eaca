{{ union_details('countries', [
    ('account', 'text'), ('entity', 'text'), ('object_id', 'text'), ('country', 'text')
]) }}
