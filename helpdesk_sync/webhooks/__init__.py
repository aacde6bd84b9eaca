"""One module per helpdesk: who a ticket event is from, and what it says. See `helpdesk_sync.ports.TicketEvent`."""
