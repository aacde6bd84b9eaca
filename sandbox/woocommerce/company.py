"""The company's two shops, made up: eleven months of orders, guests, coupons, refunds and subscriptions."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from sandbox import people
from sandbox.clock import Clock
from sandbox.state import Json, State
from sandbox.woocommerce import catalogue, orders, refunds, subscriptions
from sandbox.woocommerce.books import Books, plain
from sandbox.woocommerce.life import DAY, Agenda
from sandbox.woocommerce.shops import EU, SHOPS, US, VENDOR, Shop

_SEEDED = f"{VENDOR}.seeded"
_HISTORY_DAYS = 330
_QUIET_DAYS = 2
_MOST_CROWD = 14
_TAXES = {
    EU.name: (("DE", "", "19"), ("PL", "", "23"), ("FR", "", "20"), ("NL", "", "21"), ("SE", "", "25")),
    US.name: (("US", "NY", "8.875"), ("US", "CA", "7.25")),
}
_GOODS = (
    ("Desk lamp Harbour", "LAMP-01", "89.00", "simple"), ("Poster Harbour", "POST-01", "24.00", "simple"),
    ("Icon pack Harbour", "ICON-01", "12.00", "simple"), ("Sticker set", "STICK-01", "4.50", "simple"),
    ("Print club", "CLUB-M", "9.90", "subscription"), ("Studio pass", "PASS-Y", "240.00", "subscription"),
    ("Poster on demand", "POST-X", "", "variable"),
)  # fmt: skip
_COUPONS = (
    {"code": "harbour10", "discount_type": "percent", "amount": "10"},
    {"code": "five-off", "discount_type": "fixed_cart", "amount": "5"},
    {"code": "summer", "discount_type": "percent", "amount": "15", "date_expires": "2026-08-31T00:00:00"},
)
_TOPICS = ("order.created", "order.updated", "order.deleted", "customer.updated", "subscription.updated")


def seed(state: State, clock: Clock, seed: int = 7, customers: int = 200) -> None:
    """Make both shops up; does nothing if they are there already. The same seed and day give the same shops."""
    if state.get_setting(_SEEDED):
        return
    now = clock.timestamp()
    midnight = int(datetime.combine(clock.now().date(), time(), UTC).timestamp())
    with state.transaction():
        for shop in SHOPS.values():
            story = _Story(state, shop, midnight, now, random.Random(f"{seed} {shop.name}"))
            story.write(min(_MOST_CROWD, customers // 2))
            story.tell()
        state.set_setting(_SEEDED, True)


class _Story:
    """One shop's past: deeds at their moments, done in order together with what happens by itself."""

    def __init__(self, state: State, shop: Shop, midnight: int, now: int, draw: random.Random) -> None:
        self._midnight = midnight
        self._now = now
        self._draw = draw
        self._shop = shop
        self._agenda = Agenda(state, shop, quiet_before=midnight - _QUIET_DAYS * DAY)
        self._ids: dict[str, int] = {}

    def write(self, crowd: int) -> None:
        """Note everything that people are going to do."""
        self._agenda.add(self._ago(_HISTORY_DAYS, 0), self._opens)
        (self._europeans if self._shop is EU else self._americans)()
        self._both()
        for n in range(crowd):
            self._stranger(n)

    def tell(self) -> None:
        """Let it happen, up to now."""
        self._agenda.run(0, self._now)

    def _ago(self, days: float, hour: float = 9) -> int:
        return int(self._midnight - days * DAY + hour * 3600)

    def _opens(self, books: Books) -> None:
        for country, region, rate in _TAXES[self._shop.name]:
            name = "Sales tax" if region else "VAT"
            catalogue.tax(books, {"country": country, "state": region, "rate": rate, "name": name})
        for name, sku, price, kind in _GOODS:
            given = {
                "name": name,
                "sku": sku,
                "regular_price": price,
                "type": kind,
                "virtual": sku[0] in "IC",
            }
            if kind == "subscription":
                period = "year" if sku.endswith("-Y") else "month"
                rhythm = {"price": price, "period": period, "period_interval": "1"}
                given["meta_data"] = [
                    {"key": f"_subscription_{name}", "value": value} for name, value in rhythm.items()
                ]
            made = catalogue.product(books, given)
            self._ids[sku] = made["id"]
        for coupon in _COUPONS:
            catalogue.coupon(books, dict(coupon))
        for topic in _TOPICS:
            url = f"https://billing.lampa.example/webhooks/woocommerce/{self._shop.name}"
            catalogue.webhook(books, {"topic": topic, "delivery_url": url})

    def _joins(
        self, at: int, key: str, name: str, email: str, country: str, state: str = "", **more: Any
    ) -> None:
        first, _, last = name.partition(" ")
        land = people.LANDS[country]
        billing = {
            "first_name": first, "last_name": last, "email": email, "country": country, "state": state,
            "address_1": f"{land.streets[0]} {len(name)}", "city": land.towns[0][0], "postcode": land.towns[0][1],
        }  # fmt: skip

        def deed(books: Books) -> None:
            given = {"email": email, "first_name": first, "last_name": last, "billing": billing, **more}
            self._ids[key] = catalogue.customer(books, given)["id"]

        self._agenda.add(at, deed)

    def _orders(self, at: int, key: str, items: Mapping[str, int], name: str = "", **more: Any) -> None:
        """A customer, or a guest without a key, places an order that `name` may call by later."""

        def deed(books: Books) -> None:
            given: Json = {"status": "processing", "payment_method": "stripe", "payment_method_title": "Card"}
            given["line_items"] = [
                {"product_id": self._ids[sku], "quantity": quantity} for sku, quantity in items.items()
            ]
            if key:
                given |= {"customer_id": self._ids[key]}
                given["billing"] = dict(books.must("customer", self._ids[key])["billing"])
            given |= {field: value for field, value in more.items() if field != "pays_at"}
            if given["status"] in orders.PAID and given["payment_method"] == "stripe":
                given["transaction_id"] = f"ch_{self._shop.path}{books.now}"
            order = orders.create(books, given)
            if "pays_at" in more:
                order["~pays_at"] = more["pays_at"]
                books.put("order", order)
            if name:
                self._ids[name] = order["id"]

        self._agenda.add(at, deed)

    def _refunds(
        self, at: int, name: str, amount: str = "", reason: str = "", *, by_gateway: bool = True
    ) -> None:
        def deed(books: Books) -> None:
            order = books.must("order", self._ids[name])
            asked = min(amount or order["total"], order["total"], key=Decimal)
            given = {"amount": asked, "reason": reason, "api_refund": by_gateway}
            refunds.create(books, order, given)

        self._agenda.add(at, deed)

    def _subscribes(
        self, at: int, key: str, sku: str, name: str, *, period: str = "month", **more: Any
    ) -> None:
        """A customer pays a first order and has a subscription from then on; with `trial` days, pays after them."""

        def deed(books: Books) -> None:
            billing = dict(books.must("customer", self._ids[key])["billing"])
            lines = [{"product_id": self._ids[sku], "quantity": 1}]
            common = {
                "customer_id": self._ids[key], "billing": billing, "line_items": lines, "payment_method": "stripe",
                "payment_method_title": "Card",
            }  # fmt: skip
            trial = more.get("trial", 0)
            paid = {
                "status": "processing",
                "created_via": "checkout",
                "transaction_id": f"ch_first{books.now}",
            }
            parent = 0 if trial else orders.create(books, common | paid)["id"]
            start = datetime.fromtimestamp(books.now, UTC)
            first = datetime.fromtimestamp(books.now + trial * DAY, UTC)
            found = subscriptions.create(
                books,
                common
                | {
                    "status": "active", "parent_id": parent, "billing_period": period, "start_date": plain(start),
                    "next_payment_date": plain(first), "created_via": "checkout",
                    **({"trial_end_date": plain(first), "trial_period": "day"} if trial else {}),
                },
            )  # fmt: skip
            if not trial:
                found["last_payment_date_gmt"] = plain(start)
                found["next_payment_date_gmt"] = plain(subscriptions.after(found))
            books.put("subscription", found)
            self._ids[name] = found["id"]

        self._agenda.add(at, deed)

    def _turns(self, at: int, name: str, *, status: str = "", declines: bool = False) -> None:
        """A subscription is moved by hand, or its card stops working."""

        def deed(books: Books) -> None:
            found = books.must("subscription", self._ids[name])
            if declines:
                books.put("subscription", {**found, "~declines": True})
            else:
                subscriptions.move(books, found, status)
                books.touch("subscription", found)

        self._agenda.add(at, deed)

    def _moves(self, at: int, name: str, status: str) -> None:
        self._agenda.add(
            at, lambda books: _void(orders.move(books, books.must("order", self._ids[name]), status))
        )

    def _europeans(self) -> None:
        """Maria pays with a VAT number and gets a part back; Sofia is in both shops; Luc waits for his bank."""
        self._joins(self._ago(300), "maria", "Maria Kowalska", "maria@example.com", "PL")
        vat = [{"key": "_billing_vat_number", "value": "PL5252344078"}]
        self._orders(self._ago(200), "maria", {"LAMP-01": 1, "STICK-01": 3}, "maria_lamp", meta_data=vat)
        self._refunds(self._ago(20), "maria_lamp", "13.50", "Stickers were missing")
        self._subscribes(self._ago(130), "maria", "CLUB-M", "maria_club")
        self._turns(self._ago(40), "maria_club", declines=True)
        company = [{"key": "vat_number", "value": "FR40303265045"}]
        self._joins(
            self._ago(250), "luc", "Luc Moreau", "compta@atelier-moreau.example", "FR", meta_data=company
        )
        self._orders(
            self._ago(4), "luc", {"LAMP-01": 4}, "luc_lamps", status="on-hold", payment_method="bacs"
        )
        self._orders(
            self._ago(33),
            "luc",
            {"POST-01": 2},
            status="on-hold",
            payment_method="bacs",
            pays_at=self._ago(28),
        )
        self._joins(self._ago(220), "lena", "Lena Fischer", "lena@example.com", "DE")
        self._subscribes(self._ago(210), "lena", "CLUB-M", "lena_club")
        self._turns(self._ago(6), "lena_club", status="pending-cancel")
        self._subscribes(self._ago(190), "lena", "PASS-Y", "lena_pass", period="year")

    def _americans(self) -> None:
        """Kenji buys abroad, Grace's card is refused, Noah is on trial."""
        self._joins(self._ago(240), "kenji", "Kenji Sato", "kenji@example.com", "JP")
        self._orders(self._ago(90), "kenji", {"POST-01": 2}, "kenji_posters")
        self._refunds(self._ago(2), "kenji_posters", "24.00", "One poster was torn", by_gateway=False)
        self._joins(self._ago(160), "grace", "Grace Lee", "grace@example.com", "US", "NY")
        self._subscribes(self._ago(150), "grace", "CLUB-M", "grace_club")
        self._turns(self._ago(75), "grace_club", status="cancelled")
        self._orders(self._ago(12), "grace", {"LAMP-01": 1}, status="failed")
        self._joins(self._ago(30), "noah", "Noah Miller", "noah@example.com", "US", "CA")
        self._subscribes(self._ago(5), "noah", "CLUB-M", "noah_club", trial=14)
        fee = [{"name": "Gift wrapping", "total": "3.00"}]
        self._orders(self._ago(25), "noah", {"LAMP-01": 1}, fee_lines=fee)

    def _both(self) -> None:
        """Sofia, guests, coupons, whole refunds in two steps, a cancelled order, orders of today."""
        here = ("SE", "") if self._shop is EU else ("US", "CA")
        self._joins(self._ago(280), "sofia", "Sofia Lindgren", "sofia@example.com", *here)
        shipping = [{"method_title": "Parcel", "total": "4.90"}]
        self._orders(self._ago(140), "sofia", {"LAMP-01": 2}, "sofia_lamps", shipping_lines=shipping)
        self._refunds(self._ago(100), "sofia_lamps", "30.00", "Scratched")
        self._agenda.add(self._ago(98), self._refund_rest)
        self._orders(self._ago(45), "sofia", {"POST-01": 3}, coupon_lines=[{"code": "harbour10"}])
        self._orders(self._ago(15), "sofia", {"ICON-01": 1}, "sofia_icons", payment_method="stripe_broken")
        self._orders(self._ago(60), "sofia", {"POST-01": 1}, "regretted", status="pending")
        self._moves(self._ago(58), "regretted", "cancelled")
        self._orders(self._ago(3), "sofia", {"POST-01": 1, "STICK-01": 1}, status="pending")
        self._orders(self._ago(1), "sofia", {"STICK-01": 2}, status="checkout-draft")
        for n in range(3):
            guest = {"first_name": "Guest", "last_name": "Buyer", "email": f"guest{n + 1}@example.org"}
            guest |= {"country": here[0], "state": here[1]}
            self._orders(self._ago(8 + 9 * n), "", {"POST-01": 1 + n, "STICK-01": 1}, billing=guest)
        walk_in = {
            "first_name": "Walk-in",
            "last_name": "Guest",
            "email": f"{self._shop.path}.walkin@example.org",
        }
        for n, key in enumerate(("sofia", "")):
            at = max(self._midnight + n + 1, min(self._midnight + 1800 * (n + 1), self._now - 200 + 20 * n))
            more: Json = {} if key else {"billing": walk_in}
            self._orders(at, key, {"POST-01": 1, "ICON-01": 1}, **more)

    def _refund_rest(self, books: Books) -> None:
        """The second step of Sofia's whole refund; it turns the order to "refunded"."""
        order = books.must("order", self._ids["sofia_lamps"])
        left = str(Decimal(order["total"]) - refunds.so_far(books, order))
        refunds.create(books, order, {"amount": left, "reason": "Sent back", "api_refund": True})

    def _stranger(self, n: int) -> None:
        draw, key = self._draw, f"p{n}"
        country = draw.choice(("DE", "DE", "PL", "FR", "NL")) if self._shop is EU else "US"
        region = "" if self._shop is EU else draw.choice(("NY", "CA", "TX"))
        land = people.LANDS[country]
        name = f"{draw.choice(land.first)} {draw.choice(land.last)}"
        joined = draw.randrange(30, _HISTORY_DAYS - 5)
        email = f"{self._shop.path}.buyer{n}@example.net"
        self._joins(self._ago(joined), key, name, email, country, region)
        for m in range(draw.randrange(1, 5)):
            days = draw.randrange(1, joined)
            skus = draw.sample(("LAMP-01", "POST-01", "ICON-01", "STICK-01"), draw.randrange(1, 4))
            items = {sku: draw.randrange(1, 4) for sku in skus}
            more: Json = {}
            if draw.random() < 0.25:
                more["coupon_lines"] = [{"code": draw.choice(("harbour10", "five-off"))}]
            if draw.random() < 0.3:
                more["shipping_lines"] = [{"method_title": "Parcel", "total": "4.90"}]
            self._orders(self._ago(days, draw.randrange(0, 24)), key, items, f"{key}_{m}", **more)
            if days > 2 and draw.random() < 0.15:
                at = self._ago(draw.randrange(1, days))
                self._refunds(at, f"{key}_{m}", draw.choice(("", "4.50")), "Not as expected")
        if draw.random() < 0.3:
            self._subscribes(self._ago(draw.randrange(1, joined), 12), key, "CLUB-M", f"{key}_club")


def _void(_done: Json) -> None:
    """Take no notice of an answer."""


def counts(state: State) -> dict[str, dict[str, int]]:
    """Return how many objects of each kind a shop's API would list, the trash left out."""
    found: dict[str, dict[str, int]] = {}
    for shop in SHOPS.values():
        books = Books(state, shop, 0)
        found[shop.name] = {
            plural: sum(1 for obj in books.every(kind) if obj.get("status") != "trash")
            for kind, plural in (*catalogue_kinds(), ("refund", "refunds"))
        }
    return found


def catalogue_kinds() -> tuple[tuple[str, str], ...]:
    """Return (kind, plural) of everything that a shop lists and we load, refunds apart."""
    return (
        ("order", "orders"), ("subscription", "subscriptions"), ("customer", "customers"),
        ("product", "products"), ("coupon", "coupons"), ("tax", "taxes"),
    )  # fmt: skip
