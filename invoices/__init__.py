"""Numbered, immutable documents about payments: issued once, rendered to PDF, mailed to the customer."""
