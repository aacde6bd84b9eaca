"""A stateful Freshdesk account under /freshdesk/api/v2: contacts, their fields, tickets, notes, limits, rules."""
