"""Sales and credits: made, submitted, settled once a day, voided, refunded. The ledger moves with the money."""

from decimal import Decimal

from sandbox.braintree import accounting, shapes
from sandbox.braintree.books import DAY, Books, called, day, moment, money, seconds
from sandbox.braintree.errors import Invalid, NotDone
from sandbox.braintree.merchant import MERCHANT_ACCOUNTS
from sandbox.state import Json

CAPTURED = frozenset({"submitted_for_settlement", "settling", "settled", "settlement_confirmed"})
_AUTHORIZED_FOR = 7 * DAY
_CUT_AT, _SETTLED_AT = 22 * 3600, 23 * 3600 + 1800  # of the UTC day
_DUPLICATE_SECONDS = 30
_NETWORK = {"2000": "Do Not Honor", "2001": "Insufficient Funds", "2010": "Card Issuer Declined CVV"}


def sale(
    books: Books,
    amount: Decimal,
    merchant_account: str,
    *,
    customer: Json | None,
    card: Json,
    email: str | None = None,
    guest: tuple[str, str] = ("", ""),
    submit: bool = True,
    checks_duplicates: bool = True,
    **more: object,
) -> Json:
    """Make a sale over an amount in major units; the amount decides its fate as in Braintree's sandbox.

    2000 to 2999.99 is declined with that code, 3000 fails, 5001 is rejected by the gateway; so is what a card
    declines by itself. Duplicates are checked unless the request has a key: the two exclude each other. `more` are
    fields of the transaction, underscores standing for hyphens.
    """
    currency = MERCHANT_ACCOUNTS[merchant_account]
    made = shapes.transaction(
        books.new_id("transaction"), moment(books.at), type="sale", amount=amount, currency=currency,
        merchant_account=merchant_account,
    )  # fmt: skip
    made["customer"] = shapes.buyer(customer, email, guest)
    made["credit-card"] = {name: value for name, value in card.items() if name != "default"}
    home = customer["addresses"][0] if customer and customer["addresses"] else None
    if home is not None:  # a card in the vault brings its billing address along
        made["billing"] = shapes.address(home)
    made["_line-items"] = more.pop("line_items", [])
    made |= {called(name): value for name, value in more.items()}
    accounting.agreed(
        books, made["id"], amount, currency, home["country-code-alpha2"] if home else None,
        Decimal(made["tax-amount"]) if made["tax-amount"] else None,
    )  # fmt: skip
    # JPY's amounts are in the thousands by nature: there the magic amounts are left alone.
    code = str(int(amount)) if currency != "JPY" and 2000 <= amount < 3000 else card.get("_declines")
    if code:
        _answer(made, code, _NETWORK.get(code, "Declined"), "soft_declined")
        return _move(books, made, "processor_declined")
    if currency != "JPY" and 3000 <= amount < 3001:
        return _move(books, made, "failed")
    if amount == 5001 or (checks_duplicates and _is_duplicate(books, made)):
        made["gateway-rejection-reason"] = "fraud" if amount == 5001 else "duplicate"
        return _move(books, made, "gateway_rejected")
    _answer(made, "1000", "Approved", "approved")
    made["processor-authorization-code"] = made["id"][:6].upper()
    made["network-transaction-id"] = f"0{seconds(made['created-at'])}"
    made["authorization-expires-at"] = moment(books.at + _AUTHORIZED_FOR)
    _move(books, made, "authorized")
    books.plan(books.at + _AUTHORIZED_FOR, "expire", id=made["id"])
    return submit_for_settlement(books, made) if submit else made


def submit_for_settlement(books: Books, made: Json, amount: Decimal | None = None) -> Json:
    """Capture an authorisation, or less of it.

    Raises:
        Invalid: it is not authorized, or the amount is too large.
    """
    if made["status"] != "authorized" or made["partial-settlement-transaction-ids"]:
        raise Invalid(
            "transaction", "91507", "base", "Cannot submit for settlement unless status is authorized."
        )
    if amount is not None:
        if amount > Decimal(made["amount"]):
            raise Invalid("transaction", "91522", "amount", "Settlement amount is too large.")
        made["amount"] = money(amount, made["currency-iso-code"])
    _book(books, made, 1)
    _move(books, made, "submitted_for_settlement")
    _plan_settlement(books, made)
    return made


def settle_partially(books: Books, held: Json, amount: Decimal, order_id: str | None = None) -> Json:
    """Capture a part of an authorisation as a sale of its own; the rest can be captured later.

    Raises:
        Invalid: it is not authorized, the amount is too large, or its payment method knows one capture only.
    """
    if held["payment-instrument-type"] != "paypal_account":
        raise Invalid("transaction", "915102", "base", "Processor does not support partial settlement.")
    if held["status"] not in ("authorized", "settlement_pending"):
        raise Invalid(
            "transaction",
            "915103",
            "base",
            "Cannot submit for partial settlement unless status is authorized.",
        )
    parts = [books.must("transaction", id) for id in held["partial-settlement-transaction-ids"]]
    if amount + sum(Decimal(one["amount"]) for one in parts if one["status"] in CAPTURED) > Decimal(
        held["amount"]
    ):
        raise Invalid("transaction", "91522", "amount", "Settlement amount is too large.")
    made = shapes.transaction(
        books.new_id("transaction"), moment(books.at), type="sale", amount=amount,
        currency=held["currency-iso-code"], merchant_account=held["merchant-account-id"],
    )  # fmt: skip
    for name in ("customer", "credit-card", "billing", "payment-instrument-type"):
        made[name] = held[name]
    country = (held["billing"] or {}).get("country-code-alpha2")
    accounting.agreed(books, made["id"], amount, held["currency-iso-code"], country, None)
    made |= {"authorized-transaction-id": held["id"], "order-id": order_id or held["order-id"]}
    ids = [*held["partial-settlement-transaction-ids"], made["id"]]
    books.touch("transaction", held, partial_settlement_transaction_ids=ids)
    _book(books, made, 1)
    _move(books, made, "submitted_for_settlement")
    _plan_settlement(books, made)
    return made


def void(books: Books, made: Json) -> Json:
    """Take a sale or credit back before its batch is cut.

    Raises:
        Invalid: it is too late.
    """
    if made["status"] not in ("authorized", "submitted_for_settlement", "settlement_pending"):
        raise Invalid(
            "transaction", "91504", "base",
            "Transaction can only be voided if status is authorized, submitted_for_settlement, or - for PayPal -"
            " settlement_pending.",
        )  # fmt: skip
    if made["status"] in CAPTURED:
        _book(books, made, -1)
    return _move(books, made, "voided")


def refund(
    books: Books, paid: Json, amount: Decimal | None, order_id: str | None = None, fate: str | None = None
) -> Json:
    """Give an amount (major units; what is left by default) back; `fate` "fails" lets the processor refuse later.

    Raises:
        Invalid: it is a credit, not settled yet, or not so much is left.
    """
    if paid["type"] == "credit":
        raise Invalid("transaction", "91505", "base", "Cannot refund credit")
    if paid["status"] not in ("settled", "settling"):
        raise Invalid("transaction", "91506", "base", "Cannot refund transaction unless it is settled.")
    left = refundable(books, paid)
    if left <= 0:
        raise Invalid("transaction", "91512", "base", "Transaction has already been completely refunded.")
    wanted = left if amount is None else amount
    if wanted > left:
        raise Invalid("transaction", "91521", "amount", "Refund amount is too large.")
    if wanted <= 0:
        raise Invalid("transaction", "81531", "amount", "Amount must be greater than zero.")
    made = shapes.transaction(
        books.new_id("transaction"), moment(books.at), type="credit", amount=wanted,
        currency=paid["currency-iso-code"], merchant_account=paid["merchant-account-id"],
    )  # fmt: skip
    for name in ("customer", "credit-card", "subscription-id", "plan-id"):
        made[name] = paid[name]
    made |= {"refunded-transaction-id": paid["id"], "order-id": order_id or paid["order-id"]}
    if fate:
        made["_fate"] = fate
    _answer(made, "1002", "Processed", "approved")
    ids = [*paid["refund-ids"], made["id"]]
    books.touch("transaction", paid, refund_ids=ids, refund_id=made["id"])
    _book(books, made, 1)
    _move(books, made, "submitted_for_settlement")
    _plan_settlement(books, made)
    return made


def refundable(books: Books, paid: Json) -> Decimal:
    """Return what is left of a sale after the credits that stand."""
    left = Decimal(paid["amount"])
    for id in paid["refund-ids"]:
        credit = books.must("transaction", id)
        if credit["status"] in CAPTURED:
            left -= Decimal(credit["amount"])
    return left


def cut(books: Books, id: str) -> None:
    """The day's batch is cut: what was submitted is settling."""
    made = books.must("transaction", id)
    if made["status"] == "submitted_for_settlement":
        _move(books, made, "settling")


def settle(books: Books, id: str) -> None:
    """The batch comes back: settled, or declined for 4001 to 4001.99 and for refunds that shall fail."""
    made = books.must("transaction", id)
    if made["status"] not in ("settling", "submitted_for_settlement"):
        return
    if made["type"] == "credit" and made.get("_fate") == "fails":
        decline_settlement(books, made)
        books.announce("refund_failed", "transaction", made)
    elif made["currency-iso-code"] != "JPY" and 4001 <= Decimal(made["amount"]) < 4002:
        decline_settlement(books, made)
    else:
        batch = f"{day(books.at)}_{made['merchant-account-id']}_{made['currency-iso-code'].lower()}1"
        made["settlement-batch-id"] = batch
        books.put("transaction", _move(books, made, "settled"), settled_on=day(books.at))
        books.announce("transaction_settled", "transaction", made)
        books.plan((books.at // DAY + 1) * DAY + 6 * 3600, "disburse", id=id)


def decline_settlement(books: Books, made: Json) -> Json:
    """The bank refuses at settlement: the money does not move after all."""
    _book(books, made, -1)
    made["processor-settlement-response-code"] = "4001"
    made["processor-settlement-response-text"] = "Settlement Declined"
    _move(books, made, "settlement_declined")
    books.announce("transaction_settlement_declined", "transaction", made)
    return made


def disburse(books: Books, id: str) -> None:
    """The money reaches the merchant's bank the day after."""
    made = books.must("transaction", id)
    details = {
        "disbursement-date": day(books.at),
        "settlement-amount": made["amount"],
        "settlement-currency-iso-code": made["currency-iso-code"],
        "settlement-currency-exchange-rate": "1",
        "funds-held": False,
        "success": True,
    }
    books.touch("transaction", made, disbursement_details=details)
    books.announce("transaction_disbursed", "transaction", made)


def expire(books: Books, id: str) -> None:
    """An authorisation that nobody captured runs out."""
    made = books.must("transaction", id)
    if made["status"] == "authorized":
        _move(books, made, "authorization_expired")


def require_done(made: Json, params: Json | None = None) -> Json:
    """Return a transaction that went through.

    Raises:
        NotDone: it was declined, failed or rejected; it exists all the same.
    """
    if made["status"] in ("processor_declined", "failed", "gateway_rejected"):
        reason = made["gateway-rejection-reason"]
        text = f"Gateway Rejected: {reason}" if reason else made["processor-response-text"] or "Failed"
        raise NotDone(made, text, params)
    return made


def _plan_settlement(books: Books, made: Json) -> None:
    midnight = books.at // DAY * DAY
    if books.at >= midnight + _CUT_AT:
        midnight += DAY
    books.plan(midnight + _CUT_AT, "cut", id=made["id"])
    books.plan(midnight + _SETTLED_AT, "settle", id=made["id"])


def _move(books: Books, made: Json, status: str) -> Json:
    made["status"] = status
    made["updated-at"] = moment(books.at)
    made["status-history"].append(
        {
            "timestamp": moment(books.at),
            "status": status,
            "amount": made["amount"],
            "user": "api@lampa.example",
            "transaction-source": made.get("_source") or ("recurring" if made["recurring"] else "api"),
        }
    )
    return books.put("transaction", made)


def _book(books: Books, made: Json, sign: int) -> None:
    amount = sign * Decimal(made["amount"])
    if made["type"] == "sale":
        books.record(made["currency-iso-code"], "charged", amount)
        accounting.received(books, made["id"], amount)
    else:
        books.record(made["currency-iso-code"], "refunded", amount)
        accounting.given_back(books, made["refunded-transaction-id"], amount)


def _answer(made: Json, code: str, text: str, type: str) -> None:
    made["processor-response-code"] = code
    made["processor-response-text"] = text
    made["processor-response-type"] = type


def _is_duplicate(books: Books, made: Json) -> bool:
    """Say whether the same sale (amount, order, card) was made within the last 30 seconds."""
    if not made["order-id"]:
        return False
    before = books.every("transaction", since=books.at - _DUPLICATE_SECONDS)
    names = ("amount", "order-id", "currency-iso-code")
    return any(
        one["type"] == "sale"
        and all(one[name] == made[name] for name in names)
        and one["credit-card"].get("last-4") == made["credit-card"].get("last-4")
        for one in before
    )
