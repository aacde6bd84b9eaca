"""One API request as the endpoints see it."""

from dataclasses import dataclass

from sandbox.state import Json, State
from sandbox.stripe.accounts import Account
from sandbox.stripe.books import Books
from sandbox.stripe.errors import missing


@dataclass(frozen=True)
class Call:
    """A request that has been let in: who asks, what with, and the account's books at this moment."""

    account: Account
    method: str
    path: str
    params: Json
    expand: list[str]
    books: Books

    @property
    def state(self) -> State:
        """The sandbox's memory."""
        return self.books.state

    def find(self, kind: str, id: str, *, noun: str | None = None, param: str = "id") -> Json:
        """Return an object of the account.

        Raises:
            StripeError: 404 resource_missing.
        """
        found = self.books.get(kind, id)
        if found is None:
            raise missing(noun or kind, id, param)
        return found
