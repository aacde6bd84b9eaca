"""Lists: newest first, paged by id, filtered; answered from stored JSON without reading it where possible."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from sandbox.state import Json, Key, Rows
from sandbox.stripe import params as read
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError, bad_parameter, missing
from sandbox.stripe.expanding import expand

Match = Callable[[Json], bool]


@dataclass(frozen=True)
class Listing:
    """How one kind of object is listed.

    Attributes:
        kind: the object's kind.
        noun: what Stripe calls it in "No such ...".
        links: filters on references that never change; looked up by index.
        fields: filters on fields, tried on each object: strings, or "true"/"false" for booleans.
        by: filters that need their own rule: name -> (value -> match).
        hidden: objects that a list without the named filter leaves out: (filter, match).
        more: parameters taken without effect here, or read elsewhere.
    """

    kind: str
    noun: str
    links: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    by: tuple[tuple[str, Callable[[str], Match]], ...] = ()
    hidden: tuple[str, Match] | None = None
    more: tuple[str, ...] = ()


def answer(
    call: Call,
    listing: Listing,
    *,
    parent: str | None = None,
    since: int | None = None,
    email: str | None = None,
    link: tuple[str, str] | None = None,
) -> bytes:
    """Return one page as JSON.

    Args:
        call: the request.
        listing: what is listed.
        parent: only objects nested in this one.
        since: nothing older (Unix seconds), whatever the request says.
        email: only objects with this e-mail.
        link: only objects with this link (field, id).
    """
    params = call.params
    paging = ("limit", "starting_after", "ending_before", "created")
    named = (name for name, _ in listing.by)
    read.allow(params, *paging, *listing.links, *listing.fields, *named, *listing.more)
    limit = read.page(params)
    earliest, latest = read.window(params)
    after, before = _cursor(call, listing, "starting_after"), _cursor(call, listing, "ending_before")
    if after and before:
        raise bad_parameter(
            "You may only provide one of these parameters: starting_after, ending_before.",
            "starting_after",
            "parameters_exclusive",
        )
    where, match = _filters(call, listing, link)
    rows = call.state.rows(
        VENDOR, call.account.name, listing.kind,
        parent=parent, email=email, where=where, match=match,
        since=max((bound for bound in (earliest, since) if bound is not None), default=None), until=latest,
        after=before if before else after, oldest_first=before is not None, limit=limit + 1,
    )  # fmt: skip
    has_more = len(rows) > limit
    rows = rows[:limit]
    if before:
        rows.reverse()
    return _page(call, rows, has_more)


def _page(call: Call, rows: Rows, has_more: bool) -> bytes:
    if call.expand:
        data = [orjson.loads(row["json"]) for row in rows]
        page = {"object": "list", "data": data, "has_more": has_more, "url": call.path}
        return orjson.dumps(expand(call.books, page, call.expand))
    head = b'{"object":"list","url":%b,"has_more":%b,"data":[' % (
        orjson.dumps(call.path),
        b"true" if has_more else b"false",
    )
    return head + b",".join(row["json"] for row in rows) + b"]}"


def _cursor(call: Call, listing: Listing, name: str) -> Key | None:
    id = read.text(call.params, name)
    if id is None:
        return None
    key = call.state.key(VENDOR, call.account.name, listing.kind, id)
    if key is None:
        raise StripeError(
            400, f"No such {listing.noun}: '{id}'", code="resource_missing", param=name, is_kept=False
        )
    return key


def _filters(
    call: Call, listing: Listing, link: tuple[str, str] | None
) -> tuple[tuple[str, list[str]] | None, Match | None]:
    params = call.params
    where = (link[0], [link[1]]) if link else None
    matches: list[Match] = []
    for name in listing.links:
        given = params.get(name)
        if given is None or given == "":
            continue
        values = given if isinstance(given, list) else [str(given)]
        _must_exist(call, name, values)
        if where is None:
            where = (name, values)
        else:
            matches.append(_equals(name, values))
    for name in listing.fields:
        value = read.text(params, name)
        if value is not None:
            matches.append(_equals(name, [value]))
    for name, rule in listing.by:
        value = read.text(params, name)
        if value is not None:
            matches.append(rule(value))
    if listing.hidden is not None and listing.hidden[0] not in params:
        matches.append(listing.hidden[1])
    return where, (lambda obj: all(match(obj) for match in matches)) if matches else None


_REFERENCES = ("customer", "charge", "payment_intent", "invoice", "subscription", "product", "payout")


def _must_exist(call: Call, name: str, ids: list[str]) -> None:
    if name not in _REFERENCES:
        return
    for id in ids:
        if not (call.books.get(name, id) or call.books.get(f"deleted_{name}", id)):
            raise missing(name, id, name)


def _equals(name: str, values: list[str]) -> Match:
    def match(obj: Json) -> bool:
        value = obj.get(name)
        return (str(value).lower() if isinstance(value, bool) else value) in values

    return match
