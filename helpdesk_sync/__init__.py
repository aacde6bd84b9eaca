"""Billing facts beside the ticket: what the marts know of a person, written into helpdesk contacts' fields."""
