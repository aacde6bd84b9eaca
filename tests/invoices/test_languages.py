"""Catalogues: every language says everything, with the same placeholders, and in words that tax law knows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from invoices import notices, notices_wording, render, wording
from invoices.notices_due import NoticeKind
from invoices.snapshot import Category, Issued, Kind, Tax
from tests.invoices.issued import issued, line

INVOICES = Path(wording.__file__).parent
LANGUAGES = ("de", "es", "fr", "pl")
FILES = [("**.py", "python"), ("templates/**.j2", "jinja2.ext.babel_extract")]


def messages() -> set[str]:
    found = extract_from_dir(
        INVOICES, method_map=FILES, keywords={"_": None, "say": None, "phrase": None},
        options_map={"templates/*": {"trim_blocks": "true"}},
    )  # fmt: skip
    return {str(message[2]) for message in found}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_the_sources_are_read() -> None:
    """Documents, notices, templates and the words inside the XML."""
    asked = {"Credit note", "Description", "Your next payment for {what}: {day}", "Discount"}
    assert asked <= messages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_whole_and_has_nothing_else(language: str) -> None:
    assert set(wording.translations(language)) == messages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    for english, translated in wording.translations(language).items():
        assert placeholders(english) == placeholders(translated), english


def test_every_catalogue_is_tested() -> None:
    assert sorted(path.stem for path in wording.LOCALES.glob("*.po")) == sorted(LANGUAGES)


def pages() -> Iterator[Issued]:
    for language in ("en", *LANGUAGES):
        for kind in Kind:
            yield issued(kind, language=language, invoice_number="{0} {x}")


@pytest.mark.parametrize("document", list(pages()), ids=lambda one: f"{one.language}-{one.kind}")
def test_every_kind_is_said_in_every_language(document: Issued) -> None:
    """A number that looks like a placeholder stays what it is."""
    page = render.text("document.html.j2", document)
    assert f'<html lang="{document.language}">' in page
    assert "{0} {x}" in page
    assert render.text("mail.txt.j2", document)
    assert document.label in render.subject(document)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Reverse charge"),
        ("de", "Steuerschuldnerschaft des Leistungsempfängers"),
        ("fr", "Autoliquidation"),
        ("es", "Inversión del sujeto pasivo"),
        ("pl", "Odwrotne obciążenie"),
    ],
)
def test_reverse_charge_is_said_as_law_says_it(language: str, said: str) -> None:
    charged = issued(lines=[line(rate="0", category=Category.REVERSE_CHARGE)], language=language)
    assert said in render.text("document.html.j2", charged)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Rechnungskorrektur"),
        ("fr", "Avoir"),
        ("es", "Factura rectificativa"),
        ("pl", "Faktura korygująca"),
    ],
)
def test_a_credit_note_has_its_legal_name(language: str, said: str) -> None:
    assert f"<h1>{said}</h1>" in render.text("document.html.j2", issued(Kind.CREDIT_NOTE, language=language))


@pytest.mark.parametrize(
    ("language", "amount", "day"),
    [
        ("en", "1,234.56", "1 October 2026"),
        ("de", "1.234,56", "1. Oktober 2026"),
        ("fr", "1\u202f234,56", "1 octobre 2026"),
        ("es", "1.234,56", "1 de octubre de 2026"),
        ("pl", "1\u00a0234,56", "1 października 2026"),
        ("xx", "1,234.56", "1 October 2026"),
        ("de-CH", "1’234.56", "1. Oktober 2026"),
        ("de-XX", "1.234,56", "1. Oktober 2026"),
        ("", "1,234.56", "1 October 2026"),
    ],
)
def test_amounts_and_days_are_local(language: str, amount: str, day: str) -> None:
    words = wording.words(language)
    assert words.number(123456, "EUR") == amount
    assert words.day("2026-10-01T09:31:00.000000+00:00", "Europe/Berlin") == day


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [("EUR", 123456, "1,234.56"), ("JPY", 5400, "5,400"), ("KWD", 12500, "12.500"), ("ISK", 6900, "6,900"),
     ("HUF", 199900, "1,999.00"), ("EUR", -5, "−0.05")],
)  # fmt: skip
def test_amounts_have_their_currencys_decimals(currency: str, minor: int, shown: str) -> None:
    assert wording.words("en").number(minor, currency) == shown


def test_rates_and_unit_prices_keep_their_decimals() -> None:
    words = wording.words("fr")
    assert words.percent("5.5") == "5,5\u00a0%"
    assert words.percent("unknown") == "unknown\u00a0%"
    assert words.decimal("4.2630") == "4,2630"
    assert words.share(1000, 3, "EUR") == "3,333333"
    assert words.share(1000, 4, "EUR") == "2,50"


def test_a_tax_of_no_language_keeps_its_name() -> None:
    tax = Tax(name="GST", rate_percent="10", taxable_minor=10000, tax_minor=1000)
    assert "GST 10\u00a0%" in render.text(
        "document.html.j2", issued(Kind.RECEIPT, taxes=[tax], language="de")
    )


@pytest.mark.parametrize("language", ["en", *LANGUAGES, "de-AT", "xx"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_is_said_in_every_language(kind: NoticeKind, language: str) -> None:
    """A name that looks like a placeholder stays what it is; what nobody translated is English."""
    notice = notices.Notice(
        kind=kind, step=3, object_ref="in_1", email="m@example.com", customer="{0}", what="{x} <b>",
        amount_minor=123456, currency="EUR", happens_at="2026-11-19T23:30:00.000000+00:00",
        ends_at="2026-12-01T00:00:00.000000+00:00", url="https://pay.example/", seller="Lampa", address=(),
        accent="#0b6e6e", language=language, time_zone="Europe/Berlin", reply_to="s@lampa.example",
        written_at="2026-11-19T23:30:00.000000+00:00",
    )  # fmt: skip
    spoken = wording.words(language)
    plain, page = (notices_wording.text(f"notice.{ending}.j2", notice) for ending in ("txt", "html"))
    assert f'<html lang="{spoken.language}">' in page
    assert "{x} <b>" in plain
    assert "{x} &lt;b&gt;" in page
    assert "{0}" in plain
    assert spoken.day(notice.happens_at, "Europe/Berlin") in plain
    subjects = {
        notices_wording.subject(notice),
        notices_wording.subject(notice.model_copy(update={"language": "en"})),
    }
    assert len(subjects) == (1 if spoken.language == "en" else 2)
