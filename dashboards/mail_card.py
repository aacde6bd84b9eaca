"""What each of a person's addresses is mailed: in one line, and four switches for a role that may set them."""

from collections.abc import Sequence

import streamlit as st

from actions import mailing
from billing.errors import BillhouseError
from billing.ids import email_key
from billing.store import mail_preferences, sent_mail
from billing.store.engine import transaction
from billing.store.mail_preferences import Topic
from billing.store.sent_mail import Bounce
from dashboards import resources
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import safe

_DRAFT = "mail_draft"
_OUTCOME = "mail_outcome"


def show(house: House, person: Person, emails: Sequence[str | None]) -> None:
    """Show what the addresses are mailed, each once; a role that may `mail` can change it."""
    known = {email_key(email): email for email in emails if email}
    if words := st.session_state.pop(_OUTCOME, None):
        st.success(safe(words), icon=":material/check:")
    if not known:
        return
    with st.container(border=True, gap="xsmall", key="card-mail"):
        st.markdown(":small[:gray[**Mail**]]")
        for key, email in known.items():
            with transaction(house.engine) as connection:
                standing = mail_preferences.of(connection, email)
                bounce = sent_mail.gone(connection, email)
            _line(key, email, _words(standing), bounce, person.may("mail"))
    draft: str | None = st.session_state.get(_DRAFT)
    if draft and email_key(draft) in known and person.may("mail"):
        _dialog(person, draft)


def _line(key: str, email: str, words: str, bounce: Bounce | None, may: bool) -> None:
    who, act = st.columns([3, 1.3], gap="xsmall", vertical_alignment="center")
    gone = f"  \n:small[:orange[Takes no mail since {bounce.happened_at[:10]}]]" if bounce else ""
    who.markdown(
        f"{safe(email)}  \n:small[:gray[{words}]]{gone}", help=safe(bounce.reason) if bounce else None
    )
    if may:
        with act, st.container(horizontal=True, horizontal_alignment="right"):
            st.button("Change…", key=f"mail-{key}", on_click=_begin, args=(email,))


def _words(standing: dict[Topic, bool]) -> str:
    off = [topic.value for topic, is_wanted in standing.items() if not is_wanted]
    if len(off) == len(standing):
        return "Wants no mail"
    return f"Wants no {', no '.join(off)}" if off else "Is mailed everything"


def _begin(email: str) -> None:
    st.session_state[_DRAFT] = email


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)


@st.dialog("Mail", on_dismiss=_forget)
def _dialog(person: Person, email: str) -> None:
    house = resources.house()  # as it is now: this part reruns alone, and roles may have changed meanwhile
    with transaction(house.engine) as connection:
        standing = mail_preferences.of(connection, email)
    st.markdown(
        f"What **{safe(email)}** is mailed. Documents are issued all the same, and can be sent when asked for."
    )
    wanted = {
        topic: st.toggle(topic.value.capitalize(), value=is_wanted, key=f"mail-{topic}-{email_key(email)}")
        for topic, is_wanted in standing.items()
    }
    reason = st.text_input("Reason", key="mail-reason", placeholder="Who asked for it, and how?")
    with st.container(horizontal=True):
        ready = wanted != standing and bool((reason or "").strip())
        sure = st.button("Save", type="primary", disabled=not ready, key="mail-now")
        if st.button("Keep as it is", key="mail-keep"):
            _forget()
            st.rerun()
    if sure:
        _carry_out(house, person, email, wanted, reason or "")


def _carry_out(house: House, person: Person, email: str, wanted: dict[Topic, bool], reason: str) -> None:
    try:
        mailing.prefer(house.engine, house.settings, email, wanted, reason, person.actor)
    except BillhouseError as cause:
        st.error(safe(str(cause)))
        return
    st.session_state[_OUTCOME] = f"On record: what {email} is mailed."
    _forget()
    st.rerun()
