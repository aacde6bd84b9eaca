"""A stateful Zendesk Support account under /zendesk/api/v2: users, fields, bulk jobs, tickets, limits."""
