"""The panel as HTML in a frame: Jinja2 with autoescape, no script or style but our own, a frame's owner by name.

Whoever may frame a page is said per helpdesk (`frame-ancestors`); nothing else is loaded from anywhere, nothing is
kept in a cache, and no address is told to whom a link leads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, Response

from actions.outcomes import ActionResult
from billing.vocabulary import ActionStatus
from portal.panel.forms import Form
from portal.panel.model import Tone, View

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {owners}"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_OUTCOMES: Mapping[ActionStatus, tuple[Tone, str]] = {
    ActionStatus.SUCCEEDED: ("good", "Done"),
    ActionStatus.PENDING: ("warn", "Accepted"),
    ActionStatus.AWAITING_APPROVAL: ("warn", "Waits for approval"),
    ActionStatus.REQUESTED: ("warn", "In progress"),
    ActionStatus.UNKNOWN: ("bad", "No outcome yet"),
    ActionStatus.FAILED: ("bad", "Failed"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act, above the panel."""

    tone: Tone
    title: str
    words: str
    url: str | None = None


def outcome_of(result: ActionResult) -> Outcome:
    """Return a result as it is said above the panel; `message` is the action's own."""
    tone, title = _OUTCOMES.get(result.status, ("calm", result.status.value.replace("_", " ").capitalize()))
    return Outcome(tone, title, result.message, result.url)


def view(shown: View, outcome: Outcome | None = None) -> str:
    """Return the panel's content as HTML, without the page around it."""
    return _TEMPLATES.get_template("view.html").render(view=shown, outcome=outcome)


def form(shown: Form, values: Mapping[str, str] | None = None) -> str:
    """Return a form as HTML; `values` are the reason, note and confirmation that were typed before."""
    return _TEMPLATES.get_template("form.html").render(form=shown, values=values or {})


def fragment(shown: View, address: str) -> str:
    """Return the view as HTML without script or style, in the classes that Help Scout's sidebar knows."""
    return _TEMPLATES.get_template("fragment.html").render(view=shown, address=address)


def shell(*, base: str, session: str, ticket: str, host: str, parent: str, owners: Sequence[str]) -> Response:
    """Return the page that a frame opens: nothing of the customer is in it, the page's script asks for that.

    Args:
        base: the panel's path at the portal.
        session: the sealed session that the opening was exchanged for.
        ticket: the ticket's id; empty where the helpdesk's frame tells it.
        host: whose frame the script speaks with.
        parent: that frame's origin.
        owners: the origins that may frame the page.
    """
    html = _TEMPLATES.get_template("shell.html").render(
        root=_root(base), base=base, session=session, ticket=ticket, host=host, parent=parent
    )
    return _page(html, owners)


def message(
    title: str,
    words: str,
    *,
    status: int = 200,
    root: str = "/panels",
    owners: Sequence[str] = (),
    grant: str = "",
) -> Response:
    """Return a page that says one thing; with `grant`, one that hands it to the panel that opened it."""
    html = _TEMPLATES.get_template("message.html").render(root=root, title=title, words=words, grant=grant)
    return _page(html, owners, status)


def answer(content: Any, status: int = 200) -> Response:
    """Return JSON that no page may frame or keep."""
    headers = {**_HEADERS, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
    if status == 503:
        headers["Retry-After"] = "10"
    return JSONResponse(content, status_code=status, headers=headers)


def _page(html: str, owners: Sequence[str], status: int = 200) -> Response:
    policy = _POLICY.format(owners=" ".join(owners) or "'none'")
    return HTMLResponse(html, status, {**_HEADERS, "Content-Security-Policy": policy})


def _root(base: str) -> str:
    return base.rsplit("/", 2)[0]
