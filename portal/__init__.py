"""The portal: an ASGI application for gateways (webhooks) and for whoever watches over us (health)."""
