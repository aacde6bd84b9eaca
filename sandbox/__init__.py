"""Stateful emulators of gateways, helpdesks, mail and sign-in. It plays the vendors and knows nothing of ours."""
