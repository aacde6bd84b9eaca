"""The demo's helpdesks: what an administrator is asked for, and whether every contact holds the marts' facts.

What a contact holds is read where its agents see it, not from what we remember of our writes, and is brought into
our form here, without the adapters that wrote it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from billhouse.demo_config import SECRETS
from billhouse.output import Progress
from billing.settings import Settings
from billing.warehouse import Reader
from helpdesk_sync import contexts
from helpdesk_sync.helpdesks import front
from helpdesk_sync.ports import FieldKind, Value
from helpdesk_sync.registry import HELPDESKS

_LONGEST_TEXT = 255
_SHOWN_EACH = 100
_FRONT_REQUESTS = 2000
_OUR_PREFIX = re.compile(r"^(cf_)?billhouse")
_NO_LETTER = re.compile(r"[^a-z]")


class Wards:
    """The sandbox's helpdesks behind one URL, as the people who work there see them."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> "Wards":
        return self

    def __exit__(self, *_cause: object) -> None:
        self._http.close()

    def act(self, helpdesk: str, deed: str, **asked: Any) -> dict[str, Any]:
        """Let somebody at a helpdesk do something; return the answer."""
        answer = self._http.post("/control/act", json={"vendor": helpdesk, "deed": deed, **asked})
        answer.raise_for_status()
        done: dict[str, Any] = answer.json()
        return done

    def make_fields(self) -> None:
        """Play the administrator who makes the fields in Front that its API cannot make; what is there stays."""
        keyed = {"Authorization": f"Bearer {SECRETS['front']}"}
        known = self._http.get("/front/contacts/custom_fields", headers=keyed).raise_for_status().json()
        there = {row["name"] for row in known["_results"]}
        for name, kind in front.asked_of_admin(contexts.FIELDS):
            if name not in there:
                self.act("front", "make_field", name=name, type=kind)

    def held(self, helpdesk: str, email: str) -> Iterator[tuple[str, dict[str, Value]]]:
        """Yield (contact id, our fields in our form) of each contact with an address."""
        for contact in self.act(helpdesk, "contact", email=email)["ids"]:
            yield contact, in_our_form(self.act(helpdesk, "fields", contact=contact)["fields"])


def make_fields(url: str) -> None:
    """Do what the helpdesks' administrators are asked for, in the sandbox at `url`."""
    with Wards(url) as wards:
        wards.make_fields()


def prepare(url: str) -> None:
    """Make the fields, and let the company buy more requests a minute at Front than its plans have.

    A contact takes two there: with 200 a minute, who tries the demo would watch it wait for more than half of its
    time. What we do at a limit is for the tests to show.
    """
    with Wards(url) as wards:
        wards.make_fields()
        wards.act("front", "rate", requests=_FRONT_REQUESTS)


def compare(settings: Settings, reader: Reader, url: str, progress: Progress) -> dict[str, dict[str, Any]]:
    """Lay every contact whose address has billing facts beside those facts, field by field.

    Returns:
        For each helpdesk: how many contacts and fields were compared, and what is `different` with both sides.
    """
    facts = contexts.load(settings, reader)
    with Wards(url) as wards:
        return {name: _compared(wards, name, facts, progress) for name in HELPDESKS}


def in_our_form(fields: Mapping[str, Any]) -> dict[str, Value]:
    """Return our fields by our keys, whatever a helpdesk calls and keeps them; None for what is empty."""
    there = {_plain(name): value for name, value in fields.items()}
    return {
        field.key: _value(field.kind, there.get(_plain(field.key), there.get(_plain(field.title))))
        for field in contexts.FIELDS
    }


def _compared(
    wards: Wards, helpdesk: str, facts: Mapping[str, Mapping[str, Value]], progress: Progress
) -> dict[str, Any]:
    contacts, different = 0, []
    for email, wanted in facts.items():
        for contact, held in wards.held(helpdesk, email):
            contacts += 1
            different += [
                {"contact": contact, "email": email, "field": key, "ours": value, "theirs": held[key]}
                for key, value in wanted.items()
                if not _is_same(value, held[key])
            ]
            if contacts % _SHOWN_EACH == 0:
                progress(f"comparing {helpdesk}", contacts)
    return {
        "contacts_compared": contacts,
        "fields_compared": contacts * len(contexts.FIELDS),
        "different": different,
    }


def _plain(name: str) -> str:
    """Return what is left of a field's name in every helpdesk's rules for names."""
    return _NO_LETTER.sub("", _OUR_PREFIX.sub("", name.lower()))


def _value(kind: FieldKind, value: Any) -> Value:
    if value in (None, ""):
        return None
    if kind is FieldKind.INTEGER:
        return int(value)
    if kind is FieldKind.DATE:
        moment = datetime.fromtimestamp(value, UTC).isoformat() if isinstance(value, int) else str(value)
        return moment[:10]
    return str(value)


def _is_same(ours: Value, theirs: Value) -> bool:
    """Say whether a helpdesk holds a value of ours; most take no longer texts than 255, cut visibly."""
    if isinstance(ours, str) and len(ours) > _LONGEST_TEXT and theirs == f"{ours[: _LONGEST_TEXT - 1]}…":
        return True
    return ours == theirs
