"""What stands around every page: the style, the "as of" chip, what is older than the rest, and who is signed in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from billing import clock
from billing.errors import NotFound
from billing.store.loads import LastLoad
from billing.warehouse.reader import snapshot
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import safe

STALE_AFTER = timedelta(hours=1)

# The theme in .streamlit/config.toml gives colours and fonts. This puts cards on the ground and rows closer.
STYLE = """<style>
.stApp { font-variant-numeric: tabular-nums; }
.stMainBlockContainer { max-width: 1480px; padding-left: 2rem; padding-right: 2rem; }
[class*="st-key-card"] { background: light-dark(#ffffff, #1b2228); padding: 12px 14px; }
[class*="st-key-card"] [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
[class*="st-key-card"] [data-testid="stMarkdownContainer"] p { margin-bottom: 0; line-height: 1.45; }
[class*="st-key-card"] h3 { padding: 0; }
[class*="st-key-card"] hr { margin: 0; }
[class*="st-key-card"] .stButton button { min-height: 30px; padding: 2px 8px; }
[data-testid="stAlertContainer"] { padding: 10px 14px; border-left: 3px solid currentColor; }
[data-testid="stAlertContainer"] p { line-height: 1.45; }
.st-key-card-door { margin-top: 12vh; padding: 22px 24px; }
</style>"""


def as_of(house: House) -> str | None:
    """Show how old the published copy is; return the copy's name.

    The chip is amber when the copy is older than an hour, and when an account was not read for it: it is named.
    """
    try:
        name, at = snapshot(house.reader)
    except NotFound:
        st.badge("nothing published yet", color="orange", icon=":material/schedule:")
        return None
    age = clock.now() - at
    stale, behind = age > STALE_AFTER, _behind(house, at)
    st.badge(
        f"as of {at:%H:%M} UTC, {_age(age)}" + _without(house, behind),
        color="orange" if stale or behind else "gray",
        icon=":material/schedule:",
        help=f"Loaded from the gateways and published at {at:%d %b %Y %H:%M:%S} UTC ({name})."
        + (" That is more than an hour ago: the loads may have stopped." if stale else "")
        + "".join(f" {_words(house, one)}." for one in behind),
    )
    return name


def head(person: Person, title: str) -> None:
    """Show a page's title and who is signed in, for pages that show the store and not the published copy."""
    left, who = st.columns([6, 1.2], vertical_alignment="center")
    left.title(title, anchor=False)
    with who, st.container(horizontal=True, horizontal_alignment="right"):
        account_menu(person)


def warn_behind(house: House) -> None:
    """Say which accounts are older than the rest of the page, since when, and why; nothing where all are as new."""
    try:
        published_at = snapshot(house.reader)[1]
    except NotFound:
        published_at = None
    for one in _behind(house, published_at):
        why = f" :small[:gray[{safe(one.problem)}]]" if one.problem else ""
        st.warning(
            f"**{safe(_words(house, one))}.** What is shown of it is as it was then; the rest is new.{why}",
            icon=":material/schedule:",
        )


def account_menu(person: Person) -> None:
    """Show who is signed in, and let them sign out."""
    with st.popover(person.name, icon=":material/person:", type="tertiary"):
        st.text(f"{person.email}\nRole: {person.role_name}")
        st.button("Sign out", on_click=st.logout, width="stretch")


def _behind(house: House, published_at: datetime | None) -> list[LastLoad]:
    return [one for one in house.last_loads() if one.is_behind(published_at)]


def _words(house: House, load: LastLoad) -> str:
    return load.words(house.title(load.gateway, load.account))


def _without(house: House, behind: Sequence[LastLoad]) -> str:
    """Name what the copy holds no news of: ", but PayPal"; with several, the first and how many more."""
    if not behind:
        return ""
    first = house.title(behind[0].gateway, behind[0].account)
    return f", but {first}" + (f" and {len(behind) - 1} more" if len(behind) > 1 else "")


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
