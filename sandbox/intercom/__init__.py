"""A stateful Intercom workspace under /intercom: contacts, data attributes, conversations, search, webhooks."""
