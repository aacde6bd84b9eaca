"""`make new-gateway name=acme`, `make new-helpdesk name=acme`: the places from templates, and what is left."""
