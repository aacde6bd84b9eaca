"""PayPal: manifest, client, errors and webhook verifier. See README.md beside this file."""
