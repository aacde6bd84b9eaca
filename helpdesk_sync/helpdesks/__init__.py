"""One module per helpdesk: `accounts(settings)` opens its accounts."""
