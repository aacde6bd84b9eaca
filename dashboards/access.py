"""Who may see anything: signed in lately, with a verified e-mail address, and with a role in billhouse.toml."""

from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st

from billing import clock
from billing.settings import Settings
from billing.settings_model import Permission, Role
from billing.store.audit import Actor
from billing.vocabulary import Channel

SIGN_IN_HOURS = 12  # Streamlit's own cookie lasts 30 days, whatever the provider says meanwhile


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, signed in."""

    email: str
    name: str
    role_name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Say whether their role lists a verb or another permission."""
        return permission in self.role.may

    @property
    def actor(self) -> Actor:
        """Return them as the audit log names them."""
        return Actor(self.email, self.role_name, Channel.DASHBOARD)


def require_person(settings: Settings) -> Person:
    """Return who is signed in; for anybody else show one calm page, and nothing after it."""
    claims: dict[str, Any] = st.user.to_dict()
    if not claims.get("is_logged_in"):
        _stop("Billhouse", "Sign in to look up customers and their billing.", sign_in="Sign in")
    email = str(claims.get("email") or "")
    if not email or claims.get("email_verified") is not True:
        _stop(
            "Your e-mail address is not verified",
            f"The sign-in service does not vouch for {email or 'an e-mail address of yours'}. "
            "Ask whoever runs it to verify the address, then sign in again.",
        )
    if _is_old(claims):
        _stop(
            "Sign in again",
            f"Your sign-in is more than {SIGN_IN_HOURS} hours old.",
            sign_in="Sign in again",
        )
    role_name = settings.role_of(email)
    if role_name is None:
        _stop(
            "You have no role in Billhouse yet",
            f"You are signed in as {email}. Ask an administrator to add you to [[people]] in billhouse.toml.",
        )
    return Person(email, str(claims.get("name") or email), role_name, settings.roles[role_name])


def _is_old(claims: dict[str, Any]) -> bool:
    """Judge by when the provider issued the token (Unix seconds); without that claim it counts as old."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float):
        return True
    return clock.now().timestamp() - issued > SIGN_IN_HOURS * 3600


def _stop(title: str, words: str, sign_in: str | None = None) -> NoReturn:
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle, st.container(border=True, key="card-door"):
        st.title(title, anchor=False)
        st.text(words)
        if sign_in:
            st.button(sign_in, type="primary", on_click=st.login)
        else:
            st.button("Sign out", on_click=st.logout)
    st.stop()
