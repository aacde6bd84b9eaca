"""One module per gateway: its `connect(settings)` gives the `GatewayActions` of each account."""
