"""Matches -> the people a requester may be, each with all pages of theirs: one person pays at several gateways."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.ids import email_key
from billing.warehouse import customers
from billing.warehouse.customers import CustomerPage
from billing.warehouse.lookup import Match
from billing.warehouse.reader import Reader

_ROWS = 25  # enough for what a note tells; totals come from marts of their own


@dataclass(slots=True)
class Candidate:
    """One person: how they were matched, and their page at each account that knows them, the matched one first."""

    match: Match
    pages: list[CustomerPage] = field(default_factory=list)

    @property
    def email_key(self) -> str:
        """The folded address by which guests' payments belong to the same person; empty without one."""
        return email_key(self.match.email or "")

    def is_meant(self, other: Match) -> bool:
        """Say whether what was matched otherwise, by a document's number say, is this person's own."""
        if other.customer_ref:
            return other.customer_ref in {page.customer["customer_ref"] for page in self.pages}
        if other.email:
            return email_key(other.email) == self.email_key
        charges = (row["charge_ref"] for page in self.pages for row in page.charges)
        return other.charge_ref in charges


def of(reader: Reader, matches: Sequence[Match]) -> list[Candidate]:
    """Return each person once, in the order of the matches.

    A guest's payments are counted to the one person who has their address; where there are two, they stay apart.

    Raises:
        NotFound: a match is not in the published copy any more.
    """
    found: list[Candidate] = []
    seen: set[str] = set()
    for match in matches:
        if match.customer_ref is None:
            _add_guest(reader, found, match)
        elif match.customer_ref not in seen:
            page = customers.page(reader, match.customer_ref, _ROWS)
            others = [row["customer_ref"] for row in page.others if row["customer_ref"] not in seen]
            seen |= {match.customer_ref, *others}
            found.append(Candidate(match, [page, *(customers.page(reader, ref, _ROWS) for ref in others)]))
    return found


def _add_guest(reader: Reader, found: list[Candidate], match: Match) -> None:
    page = customers.guest_page(reader, match.charge_ref or "", _ROWS)
    same = [one for one in found if one.email_key and one.email_key == email_key(match.email or "")]
    if len(same) == 1:
        same[0].pages.append(page)
    else:
        found.append(Candidate(match, [page]))
