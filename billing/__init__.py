"""The shared language and the two stores: money, ids, statuses, settings. Knows no vendor."""
