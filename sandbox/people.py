"""Made-up people: names that fit their country, addresses, e-mails. One random.Random decides them all."""

import random
import unicodedata
from dataclasses import dataclass

from sandbox.state import Json


@dataclass(frozen=True)
class Land:
    """Where somebody lives: names, a town, and the currency that is paid in."""

    country: str
    account: str
    currency: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]


_GERMAN = (
    ("Anna", "Jonas", "Lena", "Felix", "Mia", "Paul", "Clara", "Moritz", "Jürgen", "Käthe", "Emil", "Frieda"),
    ("Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Schäfer", "Koch", "Groß", "Krüger", "Wolf"),
)
_AMERICAN = (
    ("Olivia", "Noah", "Emma", "Liam", "Ava", "Ethan", "Sophia", "Mason", "Grace", "Henry", "Zoe", "Caleb"),
    ("Smith", "Johnson", "Nguyen", "Garcia", "Miller", "Davis", "Lopez", "Anderson", "Clark", "Hall"),
)

LANDS = {
    "DE": Land(
        "DE", "stripe_eu", "eur", *_GERMAN,
        (("Berlin", "10115"), ("Hamburg", "20095"), ("Köln", "50667")), ("Lindenallee", "Hauptstraße", "Am Markt"),
    ),
    "AT": Land(
        "AT", "stripe_eu", "eur", ("Elena", "Lukas", "Theresa", "Matthias"),
        ("Gruber", "Huber", "Pichler", "Bauer"),
        (("Wien", "1010"), ("Graz", "8010")), ("Ringstraße", "Mozartgasse"),
    ),
    "FR": Land(
        "FR", "stripe_eu", "eur", ("Camille", "Léa", "Hugo", "Zoé", "Gaël", "Élodie"),
        ("Martin", "Bernard", "Lefèvre", "Moreau", "Noël"), (("Paris", "75011"), ("Lyon", "69002")),
        ("rue de la Paix", "avenue Foch"),
    ),
    "NL": Land(
        "NL", "stripe_eu", "eur", ("Sanne", "Daan", "Femke", "Bram"),
        ("de Vries", "van den Berg", "Jansen", "Bakker"),
        (("Amsterdam", "1012 AB"), ("Utrecht", "3511 LX")), ("Keizersgracht", "Dorpsstraat"),
    ),
    "PL": Land(
        "PL", "stripe_eu", "pln", ("Zofia", "Łukasz", "Agnieszka", "Paweł"),
        ("Nowak", "Wiśniewski", "Zając", "Mazur"),
        (("Warszawa", "00-001"), ("Kraków", "30-001")), ("ul. Długa", "ul. Polna"),
    ),
    "SE": Land(
        "SE", "stripe_eu", "eur", ("Astrid", "Erik", "Saga", "Nils"), ("Lindgren", "Åkesson", "Öberg", "Holm"),
        (("Stockholm", "111 29"), ("Göteborg", "411 03")), ("Storgatan", "Kungsgatan"),
    ),
    "GB": Land(
        "GB", "stripe_eu", "gbp", ("Oliver", "Amelia", "Harry", "Isla"), ("Taylor", "Brown", "Wilson", "Evans"),
        (("London", "EC1A 1BB"), ("Leeds", "LS1 1UR")), ("High Street", "Church Lane"),
    ),
    "IS": Land(
        "IS", "stripe_eu", "isk", ("Sigrún", "Þór", "Guðrún", "Ásta"), ("Jónsson", "Einarsdóttir", "Þórsdóttir"),
        (("Reykjavík", "101"),), ("Laugavegur",),
    ),
    "US": Land(
        "US", "stripe_us", "usd", *_AMERICAN,
        (("New York", "10001"), ("Austin", "73301"), ("Portland", "97201")), ("Main St", "Oak Ave", "5th Ave"),
    ),
    "JP": Land(
        "JP", "stripe_us", "jpy", ("Haruka", "Ren", "Yui", "Sota"), ("Tanaka", "Suzuki", "Yamamoto", "Ito"),
        (("Tokyo", "100-0001"), ("Osaka", "530-0001")), ("Chuo-dori", "Midosuji"),
    ),
    "KW": Land(
        "KW", "stripe_us", "kwd", ("Noura", "Yousef", "Dana", "Salem"), ("Al-Rashid", "Al-Mutairi", "Al-Sabah"),
        (("Kuwait City", "13001"),), ("Gulf Road",),
    ),
}  # fmt: skip

# how often each country comes up, out of 100
_SHARES = {
    "DE": 24,
    "AT": 4,
    "FR": 9,
    "NL": 7,
    "PL": 8,
    "SE": 5,
    "GB": 8,
    "IS": 3,
    "US": 22,
    "JP": 6,
    "KW": 4,
}


def make(draw: random.Random, n: int) -> Json:
    """Return person number n: name, email, phone, address, country, account, currency."""
    country = draw.choices(list(_SHARES), list(_SHARES.values()))[0]
    land = LANDS[country]
    first, last = draw.choice(land.first), draw.choice(land.last)
    town, postal_code = draw.choice(land.towns)
    host = draw.choice(("example.com", "example.org", "example.net", "mail.example", "post.example"))
    return {
        "key": f"p{n:04d}",
        "account": land.account,
        "currency": land.currency,
        "country": country,
        "name": f"{first} {last}",
        "email": f"{_plain(first)}.{_plain(last)}{n}@{host}",
        "phone": f"+{draw.randrange(30, 99)} 555 {draw.randrange(1000, 9999)}"
        if draw.random() < 0.3
        else None,
        "address": {
            "line1": f"{draw.choice(land.streets)} {draw.randrange(1, 180)}",
            "city": town,
            "postal_code": postal_code,
            "country": country,
        },
    }


def cast(
    key: str, name: str, email: str, country: str, town: str = "", *, account: str | None = None
) -> Json:
    """Return a person of the fixed cast, living in a country of LANDS (or paying to another account)."""
    land = LANDS[country]
    city, postal_code = land.towns[0]
    return {
        "key": key,
        "account": account or land.account,
        "currency": "usd" if account == "stripe_us" else land.currency,
        "country": country,
        "name": name,
        "email": email,
        "phone": None,
        "address": {
            "line1": f"{land.streets[0]} {len(name)}",
            "city": town or city,
            "postal_code": postal_code,
            "country": country,
        },
    }


_LETTERS = {ord(k): v for k, v in zip("ßłŁøÞð ", ("ss", "l", "L", "o", "Th", "d", ""), strict=True)}


def _plain(name: str) -> str:
    swapped = name.translate(_LETTERS)
    return unicodedata.normalize("NFKD", swapped).encode("ascii", "ignore").decode().lower()
