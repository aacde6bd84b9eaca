"""Delivers webhooks of every vendor to their targets: in order of birth, tried again with growing pauses."""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping

import httpx

from sandbox.clock import Clock
from sandbox.state import State

_POLL_SECONDS = 0.2
_TIMEOUT_SECONDS = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_MOST_ATTEMPTS = 15

# deliveries.done
_WAITING, _DELIVERED, _GIVEN_UP = 0, 1, 2

Letter = tuple[Mapping[str, str], bytes]
"""Headers, signature included, and body."""
Writer = Callable[[State, str, str], Letter | None]
"""(state, account, event id) -> the letter to send now; None when there is no such event."""


def enqueue(state: State, account: str, event_id: str) -> None:
    """Send an event to the account's target, if it has one. Call it inside the deed's transaction."""
    sql = (
        "insert into deliveries(account, event_id, due)"
        " select account, ?, 0 from webhook_targets where account = ?"
    )
    state.execute(sql, (event_id, account))


class Dispatcher:
    """A background thread that posts waiting events. Deliveries are kept in the state, so a restart goes on."""

    def __init__(self, state: State, clock: Clock, writers: Mapping[str, Writer]) -> None:
        self._state = state
        self._clock = clock
        self._writers = writers
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering; what waits is delivered after the next start."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=1)

    def set_target(self, account: str, url: str) -> None:
        """Register where the account's events go from now on; older events are not sent.

        Raises:
            ValueError: there is no such account.
        """
        if account not in self._writers:
            raise ValueError(f"no account {account!r}; there are {', '.join(self._writers)}")
        self._state.execute("insert or replace into webhook_targets values (?, ?)", (account, url))

    def resend(self, event_id: str) -> None:
        """Deliver an event again, whenever it was; its account must have a target.

        Raises:
            LookupError: there is no such event.
            ValueError: nobody listens.
        """
        for account, writer in self._writers.items():
            if writer(self._state, account, event_id) is None:
                continue
            if not self._state.execute("select 1 from webhook_targets where account = ?", (account,)):
                raise ValueError(f"no webhook target is registered for {account}")
            enqueue(self._state, account, event_id)
            return
        raise LookupError(f"no event {event_id}")

    def _run(self) -> None:
        with httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as http:
            while not self._stopping.wait(_POLL_SECONDS):
                sql = (
                    "select d.n, d.account, d.event_id, d.attempts, t.url from deliveries d"
                    " join webhook_targets t on t.account = d.account"
                    " where d.done = ? and d.due <= ? order by d.due, d.n limit 100"
                )
                for waiting in self._state.execute(sql, (_WAITING, time.time())):
                    if self._stopping.is_set():
                        return
                    self._deliver(http, waiting)

    def _deliver(self, http: httpx.Client, waiting: sqlite3.Row) -> None:
        letter = self._writers[waiting["account"]](self._state, waiting["account"], waiting["event_id"])
        ok, word = False, "the event is gone"
        if letter is not None:
            headers, body = letter
            try:
                answer = http.post(waiting["url"], content=body, headers=dict(headers))
                ok, word = answer.is_success, str(answer.status_code)
            except httpx.HTTPError as error:
                word = repr(error)
        attempts = waiting["attempts"] + 1
        done = _DELIVERED if ok else _GIVEN_UP if attempts >= _MOST_ATTEMPTS else _WAITING
        due = time.time() + min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
        sql = "update deliveries set attempts = ?, done = ?, due = ?, answer = ? where n = ?"
        self._state.execute(sql, (attempts, done, due, word, waiting["n"]))
