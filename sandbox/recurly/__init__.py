"""An emulated Recurly site (API v2021-02-25): billing that goes on by itself, lists by `updated_at`, webhooks."""
