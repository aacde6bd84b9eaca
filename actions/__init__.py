"""Changes something at a payment gateway, on the record and once.

A command goes policy -> live re-read at the gateway -> intent, committed -> gateway -> outcome, committed. Whoever
reads the audit log finds the intent before the money could move. What has no outcome is `unknown`; `reconcile`
asks the gateway what happened and never sends again.

    commands    what an agent asks for                  service     carries it out
    policy      who may, and how much                   reconcile   settles what has no outcome
    checks      whether the charge can still give it    store       the rows; what screens show at once
    ports       what a gateway's adapter must do        wiring      settings -> adapters
"""
