"""Stripe, played by us: API 2026-10-28.endive with its paging, errors, idempotency, life-cycles and webhooks."""
