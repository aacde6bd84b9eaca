"""The fixed cast: people whose billing stories tests and the demo tell by name."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.people import cast as person
from sandbox.state import Json
from sandbox.stripe.payments import DAY
from sandbox.stripe.subscribing import months_after

Entry = tuple[int, str, str, Json]


@dataclass
class Script:
    """What somebody is going to do: entries (Unix seconds, account, deed, arguments) for the agenda."""

    midnight: int
    entries: list[Entry] = field(default_factory=list)

    def ago(self, days: float, hour: float = 9) -> int:
        """Return the moment so many days before today, at an hour (UTC)."""
        return int(self.midnight - days * DAY + hour * 3600)

    def months_ago(self, months: int, days: int, hour: float = 9) -> int:
        """Return the moment so many months before `ago(days, hour)`: a renewal falls on that later day."""
        return months_after(self.ago(days, hour), -months)

    def add(self, at: int, account: str, deed: str, **args: Any) -> None:
        """Write one entry."""
        self.entries.append((at, account, f"company.{deed}", args))

    def joins(self, at: int, who: Json, plan: str | None = None, quantity: int = 1, **more: Any) -> None:
        """A person joins and, with a plan ("pro_month_eur"), subscribes a minute later.

        `card`, `tax_id` and `reverse` go to the joining, anything else to the subscription.
        """
        joining = {name: more.pop(name) for name in ("card", "tax_id", "reverse") if name in more}
        self.add(at - 60, who["account"], "join", person=who, **joining)
        if plan is not None:
            self.add(at, who["account"], "subscribe", key=who["key"], prices=[[plan, quantity]], **more)


def write(script: Script) -> list[Json]:
    """Write the cast's stories into the script and return the people."""
    return [*_leads(script), *_payers(script), *_complainers(script), *_others(script)]


def _leads(script: Script) -> list[Json]:
    """Maria is past due and was given back 20.00 of her last paid renewal; the others pay in odd currencies."""
    maria = person("maria", "Maria Kowalska", "maria@example.com", "PL", "Gdańsk")
    tax_id = ["eu_vat", "PL5252344078", "verified"]
    start = script.months_ago(9, 4)
    script.joins(start, maria, "pro_month_eur", rate="vat_PL_inclusive", tax_id=tax_id)
    script.add(script.ago(20, 11), "stripe_eu", "refund", key="maria", amount="20.00")
    script.add(script.ago(12), "stripe_eu", "decline", key="maria", why="insufficient_funds")
    kenji = person("kenji", "Kenji Sato", "kenji@example.com", "JP")
    script.joins(script.months_ago(7, 3), kenji, "pro_month_jpy", rate="jct")
    fatima = person("fatima", "Fatima Al-Sabah", "fatima@example.com", "KW")
    script.joins(script.months_ago(5, 6), fatima, "pro_month_kwd")
    bjork = person("bjork", "Björk Jónsdóttir", "bjork@example.com", "IS")
    script.joins(script.months_ago(6, 2), bjork, "pro_month_isk")
    return [maria, kenji, fatima, bjork]


def _payers(script: Script) -> list[Json]:
    """Many lines, two accounts with one e-mail, reverse charge, an upgrade, a coupon, a trial, a farewell."""
    hanna = person("hanna", "Hanna Vogel", "hanna@vogel-partner.example", "DE")
    script.joins(script.months_ago(4, 8), hanna)
    basket = [["team_month_eur", 5], *([f"addon_{n}", n + 1] for n in range(12))]
    began = script.months_ago(4, 8)
    script.add(began, "stripe_eu", "subscribe", key="hanna", prices=basket, rate="vat_DE_exclusive")
    sofia = person("sofia", "Sofia Lindgren", "sofia@example.com", "SE")
    script.joins(script.months_ago(8, 9), sofia, "pro_month_eur", rate="vat_SE_inclusive")
    abroad = person("sofia_us", "Sofia Lindgren", "sofia@example.com", "SE", account="stripe_us")
    script.joins(script.months_ago(3, 11), abroad, "basic_month_usd")
    luc = person("luc", "Atelier Moreau SARL", "compta@atelier-moreau.example", "FR")
    french = ["eu_vat", "FR40303265045", "verified"]
    began = script.months_ago(10, 13)
    script.joins(began, luc, "team_month_eur", 5, rate="vat_reverse", tax_id=french, reverse=True)
    pieter = person("pieter", "Pieter de Vries", "pieter@example.com", "NL")
    script.joins(script.months_ago(6, 5), pieter, "basic_month_eur", rate="vat_NL_inclusive")
    script.add(script.ago(16, 14), "stripe_eu", "upgrade", key="pieter", price="pro_month_eur")
    zofia = person("zofia", "Zofia Nowak", "zofia@example.com", "PL")
    script.joins(
        script.months_ago(2, 7), zofia, "basic_month_pln", rate="vat_PL_inclusive", coupon="WELCOME20"
    )
    mia = person("mia", "Mia Santos", "mia@example.com", "US")
    script.joins(script.ago(9), mia, "pro_month_usd", rate="sales_ny", trial_days=14)
    liam = person("liam", "Liam Evans", "liam@example.com", "GB")
    script.joins(script.months_ago(5, 10), liam, "pro_month_gbp", rate="vat_GB_inclusive")
    script.add(script.ago(3, 16), "stripe_eu", "end", key="liam")
    return [hanna, sofia, abroad, luc, pieter, zofia, mia, liam]


def _complainers(script: Script) -> list[Json]:
    """Disputes of every kind, and refunds that are whole, waiting and failed."""
    james = person("james", "James Carter", "james@example.com", "GB")
    script.joins(script.months_ago(4, 14), james, "basic_month_gbp", rate="vat_GB_inclusive")
    script.add(
        script.ago(40), "stripe_eu", "dispute", key="james", reason="product_not_received", outcome="lost"
    )
    grace = person("grace", "Grace Lee", "grace@example.com", "US")
    script.joins(script.months_ago(3, 12), grace, "pro_month_usd", rate="sales_ny")
    script.add(script.ago(4), "stripe_us", "dispute", key="grace", reason="fraudulent")
    noah = person("noah", "Noah Miller", "noah@example.com", "US", "Austin")
    script.joins(script.months_ago(4, 9), noah, "basic_month_usd")
    script.add(script.ago(25), "stripe_us", "dispute", key="noah", reason="duplicate", outcome="won")
    clara = person("clara", "Clara Schäfer", "clara@example.com", "DE")
    script.joins(script.months_ago(2, 15), clara, "pro_month_eur", rate="vat_DE_inclusive")
    script.add(script.ago(6), "stripe_eu", "dispute", key="clara", reason="general", inquiry=True)
    emil = person("emil", "Emil Weber", "emil@example.com", "DE")
    script.joins(script.months_ago(3, 17), emil, "basic_month_eur", rate="vat_DE_inclusive")
    script.add(script.ago(10), "stripe_eu", "dispute", key="emil", reason="unrecognized", answered=True)
    lena = person("lena", "Lena Fischer", "lena@example.com", "DE")
    script.joins(script.months_ago(3, 8), lena, "pro_month_eur", rate="vat_DE_inclusive")
    script.add(script.ago(1), "stripe_eu", "refund", key="lena", fate="pending")
    felix = person("felix", "Felix Krüger", "felix@example.com", "DE")
    script.joins(script.months_ago(3, 16), felix, "pro_month_eur", rate="vat_DE_inclusive")
    script.add(script.ago(12), "stripe_eu", "refund", key="felix", amount="10.00", fate="fails_later")
    ava = person("ava", "Ava Garcia", "ava@example.com", "US", "Portland")
    script.joins(script.months_ago(2, 18), ava, "pro_month_usd")
    script.add(script.ago(15), "stripe_us", "refund", key="ava")
    return [james, grace, noah, clara, emil, lena, felix, ava]


def _others(script: Script) -> list[Json]:
    """Sent invoices and what became of them, credit notes, an authorisation, an unknown fee, a deletion, guests."""
    nord = person("nord", "Studio Nord AG", "rechnung@studio-nord.example", "DE")
    script.joins(script.ago(120), nord, tax_id=["eu_vat", "DE136695976", "verified"])
    fates = (("void", 70), ("uncollectible", 60), ("paid", 45), ("open", 5))
    for fate, days in fates:
        items = [["Onboarding workshop", "450.00"], ["Travel", "75.50"]]
        script.add(
            script.ago(days), "stripe_eu", "bill", key="nord", items=items, currency="eur", fate=fate,
            rate="vat_DE_exclusive", credit="100.00" if fate == "paid" else None,
        )  # fmt: skip
    frieda = person("frieda", "Frieda Koch", "frieda@example.com", "DE")
    script.joins(script.months_ago(4, 20), frieda, "pro_month_eur", rate="vat_DE_inclusive")
    script.add(script.ago(11), "stripe_eu", "note", key="frieda", amount="12.00")
    camille = person("camille", "Camille Noël", "camille@example.com", "FR")
    script.joins(script.ago(30), camille)
    script.add(
        script.ago(2), "stripe_eu", "buy", key="camille", amount="120.00", currency="eur",
        description="Template licence, reserved", manual=True,
    )  # fmt: skip
    karl = person("karl", "Karl Groß", "karl@example.com", "DE")
    script.joins(script.ago(50), karl)
    script.add(
        script.ago(1, 15), "stripe_eu", "buy", key="karl", amount="35.00", currency="eur",
        description="Icon pack Harbour", settles=False,
    )  # fmt: skip
    otto = person("otto", "Otto Brandt", "otto@example.com", "DE")
    script.joins(script.months_ago(6, 19), otto, "basic_month_eur", rate="vat_DE_inclusive")
    script.add(script.ago(8), "stripe_eu", "leave", key="otto")
    for n, (account, currency, amount) in enumerate(
        (("stripe_eu", "eur", "24.00"), ("stripe_eu", "gbp", "19.50"), ("stripe_us", "usd", "29.99"))
    ):
        script.add(
            script.ago(9 + 6 * n), account, "buy", amount=amount, currency=currency,
            description="Poster template", guest=["Guest Buyer", f"guest{n + 1}@example.org"],
        )  # fmt: skip
    return [nord, frieda, camille, karl, otto]
