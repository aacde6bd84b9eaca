"""An emulated PayPal: REST API, reporting that lags three hours, disputes, subscriptions, signed webhooks."""
