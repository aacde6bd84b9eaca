"""Braintree, played: XML over HTTP, searches in two steps, settlement once a day, webhooks in a form."""
