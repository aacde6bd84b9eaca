"""Stripe, played by us: API 2026-10-28.endive with its paging, errors, idempotency, life-cycles and webhooks.

Time passes by itself only in `life.advance`: a sandbox left alone stays as it is, so that a test can count.
`metadata.sandbox_refund` of a charge decides what becomes of its refunds (see `refunds.FATES`).
Not played: search, Connect, sources, other API versions' shapes (the version asked for is echoed, no more), and
settlement in another currency: every balance transaction is in its charge's currency.
"""
