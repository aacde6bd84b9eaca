"""What the panel shows of a requester: one view, in words, for all renderings. Its texts are plain, not markup."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from billing.money import Money
from billing.verbs import ObjectKind, Verb

Tone = Literal["good", "warn", "bad", "calm"]


@dataclass(frozen=True, slots=True)
class Pill:
    """A state: the word says it, the tone only helps."""

    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb for one object. `why_not` says why it cannot be done now; None: it can, as far as we know."""

    verb: Verb
    title: str
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A subscription, charge, invoice or dispute, or the customer: what it is, how it stands, what can be done."""

    kind: ObjectKind
    ref: str
    title: str
    line: str
    amount: Money | None = None
    per: str = ""
    pill: Pill | None = None
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """(words, https address) of pages about it: at the gateway, its document."""
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A list of items under a heading; `total` counts those that are left out as well."""

    title: str
    items: tuple[Item, ...]
    total: int
    nothing: str


@dataclass(frozen=True, slots=True)
class Banner:
    """What is wrong, worst first."""

    tone: Tone
    title: str
    words: str
    helps: Item | None = None
    """The customer, with the acts that may mend it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is shown, and how we know."""

    name: str
    initials: str
    lines: tuple[str, ...]
    match: Pill
    is_exact: bool
    link: tuple[str, str] | None
    acts: Item
    """The customer as an object of acts."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate in the switch."""

    key: str
    words: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class LogLine:
    """Something that was done to this customer's billing here."""

    when: str
    who: str
    words: str
    about: str


@dataclass(frozen=True, slots=True)
class Customer:
    """All that is shown of one candidate."""

    key: str
    identity: Identity
    banners: tuple[Banner, ...]
    sections: tuple[Section, ...]
    lifetime: tuple[Money, ...]
    tax: tuple[str, Pill | None]
    address: str
    log: tuple[LogLine, ...]
    can_note: bool
    more_url: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole panel of one ticket. `customer` None: nobody is known by the requester's addresses."""

    helpdesk: str
    account: str
    ticket: str
    agent: str | None
    is_asking_sign_in: bool
    """Nobody has proven who the agent is: data is shown, and what changes something asks for our own sign-in."""
    choices: tuple[Choice, ...]
    customer: Customer | None
    nobody: str
    as_of: datetime
    as_of_words: str
    is_stale: bool
    snapshot: str
    behind: str | None = None
