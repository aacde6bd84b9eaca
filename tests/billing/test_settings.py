"""A configuration mistake is told with its line, its key and the remedy, and never with a secret."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing.errors import ConfigError
from billing.settings import Settings, config_path, load
from billing.verbs import Verb

Write = Callable[..., Path]

SECRET = "sk_live_do_not_print_me"
STRIPE = """
[[gateways.stripe]]
account = "stripe_eu"
title = "Lampa EU"
secret_key = "env:BILLHOUSE_TEST_KEY"
"""
US = """
[entities.us]
name = "Lampa Studio Inc."
address = ["20 W 34th St"]
city = "New York"
country = "US"
email = "billing.us@lampa.example"
series = "US"
"""
ROLES = """
[roles.agent]
may = ["look_up", "refund"]
limits.refund = { per_action = "100.50", per_day = "500" }

[roles.finance]
may = ["look_up", "refund", "read_audit"]
limits.refund = { per_action = "unlimited", per_day = "unlimited" }

[[people]]
email = "Ana@Lampa.example"
role = "agent"
"""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLHOUSE_TEST_KEY", SECRET)


def test_the_smallest_file_is_enough(write_config: Write) -> None:
    path = write_config()
    settings = load(path)
    assert settings.company.name == "Lampa Studio GmbH"
    assert settings.var == path.parent / "var"
    assert settings.warehouse.dir == path.parent / "var" / "warehouse"
    assert settings.store.url == f"sqlite:///{path.parent / 'var' / 'billhouse.db'}"


def test_relative_paths_are_relative_to_the_file(
    write_config: Write, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write_config()
    monkeypatch.chdir(path.parent)
    settings = load(Path(path.name))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert settings.warehouse.dir == path.parent / "var" / "warehouse"


def test_absolute_places_stay(write_config: Write) -> None:
    settings = load(
        write_config('[store]\nurl = "postgresql://b@db/billhouse"\n[warehouse]\ndir = "/data/wh"\n')
    )
    assert settings.store.url == "postgresql://b@db/billhouse"
    assert settings.warehouse.dir == Path("/data/wh")


def test_roles_limits_and_people(write_config: Write) -> None:
    settings = load(write_config(ROLES))
    agent = settings.roles["agent"]
    limit = agent.limits[Verb.REFUND]
    assert (limit.per_action, limit.per_day, limit.above) == (Decimal("100.50"), Decimal(500), "deny")
    assert settings.roles["finance"].limits[Verb.REFUND].per_day is None


def key_of(settings: Settings) -> str:
    return settings.gateways.stripe[0].secret_key.get_secret_value()


def test_a_secret_comes_from_the_environment(write_config: Write) -> None:
    settings = load(write_config(STRIPE))
    assert key_of(settings) == SECRET
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()


def test_a_secret_comes_from_the_file_that_name_file_names(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BILLHOUSE_TEST_KEY")
    (tmp_path / "mounted").write_text(SECRET + "\n")
    monkeypatch.setenv("BILLHOUSE_TEST_KEY_FILE", str(tmp_path / "mounted"))
    assert key_of(load(write_config(STRIPE))) == SECRET


def test_a_secret_comes_from_a_file(write_config: Write, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET + "\n")
    assert key_of(load(write_config(STRIPE.replace("env:BILLHOUSE_TEST_KEY", "file:key")))) == SECRET


def test_the_company_is_a_legal_entity(write_config: Write) -> None:
    settings = load(write_config(STRIPE))
    assert settings.entities == {"company": settings.company}
    assert settings.entity_of("stripe", "stripe_eu") == settings.company
    assert settings.gateways.stripe[0].documents == "auto"
    assert (settings.company.currency, settings.company.series, settings.company.tax_id) == ("EUR", "", None)
    assert (settings.company.taxes.collects, settings.company.taxes.oss) == ("eu", False)


def test_an_account_belongs_to_a_legal_entity(write_config: Write) -> None:
    settings = load(write_config(US + STRIPE + 'entity = "us"\ndocuments = "receipt"\n'))
    assert set(settings.entities) == {"company", "us"}
    assert settings.entity_of("stripe", "stripe_eu").name == "Lampa Studio Inc."
    assert settings.entities["us"].currency == "USD"
    assert settings.gateways.stripe[0].documents == "receipt"


@pytest.mark.parametrize(
    ("gateway", "account"), [("stripe", "sold_last_year"), ("paypal", "x"), ("cash", "x")]
)
def test_a_former_account_is_the_companys(write_config: Write, gateway: str, account: str) -> None:
    settings = load(write_config(US + STRIPE))
    assert settings.entity_of(gateway, account) == settings.company


def test_a_logo_lies_beside_the_file(write_config: Write) -> None:
    path = write_config(US + 'look = { logo = "us.svg" }\n[company.look]\nlogo = "/srv/logo.png"\n')
    settings = load(path)
    assert settings.entities["us"].look.logo == path.parent / "us.svg"
    assert settings.company.look.logo == Path("/srv/logo.png")
    assert settings.entities["company"] == settings.company


def test_tax_rates_by_country(write_config: Write) -> None:
    settings = load(write_config('[company.taxes]\ncollects = { GB = "20", NO = "25.00" }\noss = true\n'))
    assert settings.company.taxes.collects == {"GB": Decimal(20), "NO": Decimal(25)}
    assert settings.company.taxes.oss


def test_documents_say_when_and_where(write_config: Write) -> None:
    plain = load(write_config()).documents
    assert (plain.start, plain.rounding, plain.storage) == (None, "document", None)
    text = (
        '[documents]\nstart = 2026-12-01\nrounding = "line"\nstorage = "s3://b/d"\nnotices.unpaid = [7, 3]\n'
    )
    stated = load(write_config(text)).documents
    assert (stated.start, stated.rounding, stated.storage) == (date(2026, 12, 1), "line", "s3://b/d")
    assert stated.notices.unpaid == [3, 7]


@pytest.mark.parametrize("place", ["s3://bucket/documents", "file:///srv/documents", "/srv/documents"])
def test_storage_elsewhere_stays(write_config: Write, place: str) -> None:
    assert load(write_config(f'[documents]\nstorage = "{place}"\n')).documents.storage == place


def test_a_folder_of_documents_lies_beside_the_file(write_config: Write) -> None:
    path = write_config('[documents]\nstorage = "kept"\n')
    assert load(path).documents.storage == str(path.parent / "kept")


MISTAKES = {
    "account of nobody": (
        STRIPE + 'entity = "uk"\n',
        ["line 11", "gateways.stripe[1].entity", "'uk'", "[entities]", "company"],
    ),
    "invoices without the seller's tax id": (
        STRIPE + 'documents = "invoice"\n',
        ["line 11", "gateways.stripe[1].documents", "tax_id", "'company'"],
    ),
    "no policy of documents": (
        STRIPE + 'documents = "both"\n',
        ["line 11", "gateways.stripe[1].documents", "'branded_copy'"],
    ),
    "second company": (
        US.replace("entities.us", "entities.company"),
        ["line 7", "entities.company", "[company]'s"],
    ),
    "series of two": (
        US.replace('series = "US"\n', ""),
        ["line 7", "entities.us.series", "give each its own"],
    ),
    "series that is none": (
        US.replace('series = "US"', 'series = "us-1"'),
        ["line 13", "entities.us.series"],
    ),
    "unknown country": (
        US.replace('country = "US"', 'country = "XX"'),
        ["line 11", "entities.us.country", "'XX'", "ISO 3166"],
    ),
    "country in small letters": (
        '[company.taxes]\ncollects = { gb = "20" }\n',
        ["line 7", "company.taxes.collects", "'gb'", "ISO 3166"],
    ),
    "tax rate that is none": (
        '[company.taxes]\ncollects = { GB = "120" }\n',
        ["line 7", "company.taxes.collects", "percent"],
    ),
    "unknown currency": (US + 'currency = "EURO"\n', ["line 14", "entities.us.currency", "EURO"]),
    "unknown time zone": (
        US + 'time_zone = "Europe/Nowhere"\n',
        ["line 14", "entities.us.time_zone", "'Europe/Nowhere'"],
    ),
    "language not spoken": (US + 'language = "xx"\n', ["line 14", "entities.us.language", "'pl'"]),
    "colour that is none": ('[company.look]\naccent = "red;"\n', ["line 7", "company.look.accent"]),
    "unknown key of an entity": (US + 'nme = "x"\n', ["line 14", "entities.us.nme", "no such key", "name"]),
    "impossible date": ("[documents]\nstart = 2026-02-30\n", ["line 7", "TOML"]),
    "date in words": ('[documents]\nstart = "soon"\n', ["line 7", "documents.start", "date"]),
    "table of former days": (
        '[receipts]\nseries = "R"\n',
        ["line 6", "receipts", "no such key", "documents"],
    ),
    "unknown key": (
        '[mail]\nhost = "x"\nsendr = "a@b.example"\n',
        ["line 8", "mail.sendr", "no such key", "sender"],
    ),
    "unknown table": ("[gateway]\nx = 1\n", ["line 6", "gateway", "no such key", "gateways"]),
    "unknown key in a list": (STRIPE + 'titel = "x"\n', ["line 11", "gateways.stripe[1].titel", "title"]),
    "wrong type": ("[serve]\nportal_port = true\n", ["line 7", "serve.portal_port", "integer"]),
    "wrong word": (
        '[warehouse]\nengine = "oracle"\n',
        ["line 7", "warehouse.engine", "'duckdb' or 'postgres'"],
    ),
    "table where a list belongs": (
        '[gateways.stripe]\naccount = "a"\n',
        ["line 6", "gateways.stripe", "list"],
    ),
    "missing key": (
        '[[gateways.stripe]]\naccount = "a"\ntitle = "b"\n',
        ["line 6", "gateways.stripe[1].secret_key"],
    ),
    "bad account name": (
        STRIPE.replace('"stripe_eu"', '"Stripe EU"'),
        ["line 8", "gateways.stripe[1].account"],
    ),
    "second account": (
        STRIPE + STRIPE.replace("stripe_eu", "stripe_us").replace("title", "titel"),
        ["line 14", "gateways.stripe[2].titel"],
    ),
    "duplicate account": (
        STRIPE + STRIPE,
        ["line 13", "gateways.stripe[2].account", "'stripe_eu'", "its own"],
    ),
    "secret in the file": (
        STRIPE.replace("env:BILLHOUSE_TEST_KEY", SECRET),
        ["line 10", "gateways.stripe[1].secret_key", "env:NAME"],
    ),
    "secret behind env:": (
        STRIPE.replace("env:BILLHOUSE_TEST_KEY", f"env:{SECRET}"),
        ["line 10", "gateways.stripe[1].secret_key", "capital"],
    ),
    "secret is no text": (STRIPE.replace('"env:BILLHOUSE_TEST_KEY"', "42"), ["line 10", "by reference"]),
    "variable not set": (
        STRIPE.replace("BILLHOUSE_TEST_KEY", "BILLHOUSE_NOT_SET"),
        ["line 10", "BILLHOUSE_NOT_SET is not set", "BILLHOUSE_NOT_SET_FILE"],
    ),
    "secret's file absent": (
        STRIPE.replace("env:BILLHOUSE_TEST_KEY", "file:nowhere"),
        ["line 10", "cannot be read"],
    ),
    "role nobody defined": (
        '[[people]]\nemail = "a@b.example"\nrole = "king"\n',
        ["line 8", "people[1].role", "king"],
    ),
    "person twice": (
        ROLES + '[[people]]\nemail = "ana@lampa.example"\nrole = "finance"\n',
        ["line 19", "people[2].email", "twice"],
    ),
    "limit is no amount": (
        '[roles.agent]\nmay = ["refund"]\nlimits.refund = { per_action = "lots", per_day = "1" }\n',
        ["line 6", "roles.agent.limits.refund.per_action", "valid decimal"],
    ),
    "limit does not fit": (
        '[roles.agent]\nmay = ["refund"]\nlimits.refund = { per_action = "10.505", per_day = "20" }\n',
        ["line 6", "roles.agent.limits.refund", "does not fit EUR"],
    ),
    "limit of a verb that it may not": (
        '[roles.agent]\nmay = ["look_up"]\nlimits.refund = { per_action = "1", per_day = "1" }\n',
        ["line 6", "roles.agent", "may not refund"],
    ),
    "limit of a verb that moves no money": (
        '[roles.agent]\nmay = ["void"]\nlimits.void = { per_action = "1", per_day = "1" }\n',
        ["line 6", "roles.agent", "moves no amount"],
    ),
    "rate that is none": ('[policy]\nrates = { KWD = "0" }\n', ["line 7", "policy.rates", "is not a rate"]),
    "rate of no currency": ('[policy]\nrates = { EURO = "1" }\n', ["line 7", "policy.rates", "EURO"]),
    "unknown verb": (
        '[roles.agent]\nmay = ["look_up", "fly"]\n',
        ["line 7", "roles.agent.may[2]", "'look_up'"],
    ),
    "bad e-mail": ('[[people]]\nemail = "ana"\nrole = "agent"\n', ["line 7", "people[1].email", "email"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_its_line_and_key(write_config: Write, mistake: str) -> None:
    text, words = MISTAKES[mistake]
    path = write_config(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    said = str(caught.value)
    assert str(path) in said
    for word in words:
        assert word in said, said
    assert SECRET not in said


def test_every_mistake_is_told_at_once(write_config: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_config('[serve]\nportal_port = "x"\ndagster_port = "y"\n'))
    assert "serve.portal_port" in str(caught.value)
    assert "serve.dagster_port" in str(caught.value)


def test_a_value_of_a_wrong_key_is_not_repeated(write_config: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_config(f'[serve]\nportal_port = "{SECRET}"\n[warehouse]\nengine = "{SECRET}"\n'))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("head", "words"), [("[company]\nname = \n", ["TOML", "line 2"]), ("[a\n", ["TOML"])]
)
def test_invalid_toml_is_told_with_its_line(write_config: Write, head: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_config("", head))
    for word in words:
        assert word in str(caught.value)


def test_text_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "billhouse.toml").write_bytes(b'[company]\nname = "L\xe4mpa"\n')
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "billhouse.toml")


def test_an_absent_file_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"billhouse\.example\.toml"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("content", ["", "  \n"])
def test_an_empty_secret_is_refused(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("BILLHOUSE_TEST_KEY", content)
    with pytest.raises(ConfigError, match="BILLHOUSE_TEST_KEY is empty"):
        load(write_config(STRIPE))
    (tmp_path / "key").write_text(content)
    with pytest.raises(ConfigError, match="is empty"):
        load(write_config(STRIPE.replace("env:BILLHOUSE_TEST_KEY", "file:key")))


def test_the_configuration_is_found_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BILLHOUSE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert config_path() == tmp_path / "billhouse.toml"
    monkeypatch.setenv("BILLHOUSE_CONFIG", "/etc/billhouse/other.toml")
    assert config_path() == Path("/etc/billhouse/other.toml")


def test_settings_cannot_be_changed_afterwards(write_config: Write) -> None:
    settings = load(write_config())
    with pytest.raises(ValueError, match="frozen"):
        settings.var = Path("/elsewhere")  # type: ignore[misc]
