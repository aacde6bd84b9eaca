"""One API request as the endpoints see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.paypal.accounts import base_url
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.errors import missing, refused
from sandbox.state import Json

Answer = tuple[int, Any]
"""Status and JSON body; None for no body."""
Endpoint = Callable[..., Answer]


@dataclass(frozen=True)
class Call:
    """A request that has been let in: what it asks, and the account's books at this moment."""

    books: Books
    query: Mapping[str, str]
    body: Json
    headers: Mapping[str, str]
    raw: bytes = field(repr=False, default=b"")

    @property
    def url(self) -> str:
        """The API's own address, for links."""
        return base_url(self.books.state)

    @property
    def wants_everything(self) -> bool:
        """Whether the caller asked for the whole object; PayPal's default for writes is a minimal one."""
        return "return=representation" in self.headers.get("prefer", "")

    def find(self, kind: str, id: str) -> Thing:
        """Return an object of the account.

        Raises:
            PaypalError: 404 RESOURCE_NOT_FOUND.
        """
        found = self.books.find(kind, id)
        if found is None:
            raise missing()
        return found

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Read a whole number of the query.

        Raises:
            PaypalError: it is none, or out of bounds.
        """
        text = self.query.get(name, str(default))
        if not text.isdigit() or not least <= int(text) <= most:
            raise refused(400, "INVALID_PARAMETER_VALUE", name, "INVALID_REQUEST")
        return int(text)


def link(url: str, path: str, rel: str, method: str = "GET") -> Json:
    """Return one HATEOAS link."""
    return {"href": f"{url}{path}", "rel": rel, "method": method}
