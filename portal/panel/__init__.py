"""The panel beside a ticket: one view of a requester's billing, four renderings of it, and acting from it.

requesters: a ticket, read again at the helpdesk. matching: whose bills may be shown there. model and reading: the
one view. pages, fragment, cards and plain: its renderings. sessions: what a proven opening is exchanged for. forms
and acting: an act, confirmed and carried out. sign_in: our own sign-in, in a window. routes: the addresses.
"""
