"""`make new-gateway name=acme`: writes a gateway's places from templates and says what is left to do."""
