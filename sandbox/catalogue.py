"""What the company sells: plans and add-ons in seven currencies, its tax rates, its coupons."""

from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe import shapes
from sandbox.stripe.books import Books
from sandbox.stripe.currency import units

# plan -> currency -> price of a month in major units; a year costs ten months
PLANS: dict[str, dict[str, str]] = {
    "basic": {
        "eur": "19.00", "gbp": "17.00", "pln": "79.00", "isk": "2900",
        "usd": "19.00", "jpy": "2100", "kwd": "5.000",
    },
    "pro": {
        "eur": "49.00", "gbp": "42.00", "pln": "209.00", "isk": "6900",
        "usd": "49.00", "jpy": "5400", "kwd": "12.500",
    },
    "team": {
        "eur": "29.00", "gbp": "25.00", "pln": "125.00", "isk": "4300",
        "usd": "29.00", "jpy": "3200", "kwd": "7.500",
    },
}  # fmt: skip
ADD_ONS = (
    "Extra storage", "Brand kit", "Priority support", "Audit log", "Single sign-on", "Custom domain", "Guest seats",
    "Video export", "Font library", "Stock photos", "Print service", "Archive",
)  # fmt: skip
CURRENCIES = {"stripe_eu": ("eur", "gbp", "pln", "isk"), "stripe_us": ("usd", "jpy", "kwd")}

# country -> percent; customers pay it within the price (inclusive) or, buying for a team, on top of it
VAT = {"DE": 19, "AT": 20, "FR": 20, "NL": 21, "PL": 23, "SE": 25, "GB": 20}

COUPONS: tuple[tuple[str, str, Json], ...] = (
    (
        "WELCOME20",
        "20% off for three months",
        {"percent_off": 20.0, "duration": "repeating", "duration_in_months": 3},
    ),
    ("FRIENDS10", "10% off", {"percent_off": 10.0, "duration": "forever"}),
)
_FLAT = {"stripe_eu": ("FIVEOFF", 500, "eur"), "stripe_us": ("FIVEUSD", 500, "usd")}


def open_shop(books: Books) -> None:
    """Put products, prices, tax rates and coupons into an account, and remember where they are."""
    known: dict[str, str] = {}
    for name in PLANS:
        product = books.put(shapes.product(books.new_id("prod"), books.at, name.capitalize()))
        books.emit("product.created", product)
        for currency in CURRENCIES[books.account]:
            month = Decimal(PLANS[name][currency])
            for interval, amount in (("month", month), ("year", month * 10)):
                key = f"{name}_{interval}_{currency}"
                known[key] = _price(books, product, currency, amount, interval, key)
    if books.account == "stripe_eu":
        for n, name in enumerate(ADD_ONS, 3):
            product = books.put(shapes.product(books.new_id("prod"), books.at, name))
            known[f"addon_{n - 3}"] = _price(books, product, "eur", Decimal(n), "month", f"addon_{n - 3}")
    known |= _tax_rates(books)
    id, off, currency = _FLAT[books.account]
    flat = {"amount_off": off, "currency": currency, "duration": "once"}
    for code, name, terms in (*COUPONS, (id, "5.00 off the first bill", flat)):
        books.emit("coupon.created", books.put(shapes.coupon(code, books.at, name, **terms)))
    books.state.set_setting(f"catalogue.{books.account}", known)


def find(books: Books, kind: str, key: str) -> Json:
    """Return a price ("pro_month_eur") or tax rate ("vat_PL_inclusive") of the account.

    Raises:
        LookupError: the catalogue has no such thing.
    """
    known = books.state.get_setting(f"catalogue.{books.account}", {})
    if key not in known:
        raise LookupError(f"{books.account} sells no {key}")
    return books.must(kind, known[key])


def rate_for(person: Json, *, inclusive: bool) -> str | None:
    """Return the key of the tax rate that a person pays, or None where the company collects none."""
    country, word = person["country"], "inclusive" if inclusive else "exclusive"
    if country in VAT and person["account"] == "stripe_eu":
        return "vat_reverse" if person.get("is_reverse") else f"vat_{country}_{word}"
    if country == "JP":
        return "jct"
    return "sales_ny" if person["address"]["city"] == "New York" else None


def _price(books: Books, product: Json, currency: str, amount: Decimal, interval: str, key: str) -> str:
    title = f"{product['name']} {'yearly' if interval == 'year' else 'monthly'}"
    tax = "exclusive" if key.startswith(("team", "addon")) or currency == "usd" else "inclusive"
    price = shapes.price(
        books.new_id("price"),
        books.at,
        product["id"],
        currency,
        units(amount, currency),
        interval,
        title,
        tax,
    )
    books.put(price | {"lookup_key": key})
    return str(price["id"])


def _tax_rates(books: Books) -> dict[str, str]:
    found: dict[str, Json] = {}
    if books.account == "stripe_eu":
        for country, percent in VAT.items():
            for inclusive in (True, False):
                key = f"vat_{country}_{'inclusive' if inclusive else 'exclusive'}"
                found[key] = shapes.tax_rate(
                    books.new_id("txr"), books.at, percent, country, inclusive=inclusive,
                    description=f"VAT {country} {percent}%",
                )  # fmt: skip
        found["vat_reverse"] = shapes.tax_rate(
            books.new_id("txr"), books.at, 0, "DE", inclusive=False, description="VAT, reverse charge"
        )
    else:
        found["jct"] = shapes.tax_rate(
            books.new_id("txr"), books.at, 10, "JP", inclusive=True, display_name="JCT", tax_type="jct",
            description="Japanese consumption tax",
        )  # fmt: skip
        found["sales_ny"] = shapes.tax_rate(
            books.new_id("txr"), books.at, 8.875, "US", inclusive=False, display_name="Sales Tax", state="NY",
            tax_type="sales_tax", jurisdiction="New York", jurisdiction_level="state",
        )  # fmt: skip
    return {key: str(books.put(rate)["id"]) for key, rate in found.items()}
