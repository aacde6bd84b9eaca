"""Files by content hash: kept at a URL, verified, made anew when lost; an invalid invoice is held back."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from sqlalchemy import Engine, select

from billing.errors import ConfigError, Transient
from billing.store import transaction
from billing.store.tables import documents
from invoices import archive, einvoice
from invoices.archive import Files, Storage
from invoices.einvoice import NotValid
from invoices.snapshot import Kind
from tests.invoices.quick import CountingPress, keep


@pytest.fixture
def press() -> CountingPress:
    return CountingPress()


@pytest.fixture(params=["folder", "memory"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    url = f"file://{tmp_path}/deep/documents" if request.param == "folder" else "memory://bucket/documents"
    yield Storage(url)
    fsspec.filesystem("memory").store.clear()


def made(engine: Engine, kept: Storage, press: CountingPress, id: int) -> Any:
    return archive.files(engine, kept, archive.load(engine, [id]), press)[id]


def test_an_invoice_is_kept_with_its_xml_and_found_again(
    engine: Engine, kept: Storage, press: CountingPress
) -> None:
    id = keep(engine, "INV-2026-00001", Kind.INVOICE)
    first = made(engine, kept, press, id)
    assert isinstance(first, Files)
    assert first.xml
    assert first.xml in first.pdf
    assert made(engine, kept, press, id) == first
    assert press.printed == ["INV-2026-00001"]
    (document,) = archive.load(engine, [id])
    assert document.content_sha256 == hashlib.sha256(first.pdf).hexdigest()
    assert document.xml_sha256 == hashlib.sha256(first.xml).hexdigest()


@pytest.mark.parametrize("ending", ["pdf", "xml"])
@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_what_is_lost_or_changed_is_made_anew(
    engine: Engine, tmp_path: Path, press: CountingPress, ending: str, harm: str
) -> None:
    kept = Storage(str(tmp_path / "documents"))
    id = keep(engine, "INV-2026-00001", Kind.INVOICE)
    first = made(engine, kept, press, id)
    (path,) = (tmp_path / "documents").glob(f"*.{ending}")
    path.unlink() if harm == "lost" else path.write_bytes(b"%PDF of somebody else")
    assert made(engine, kept, press, id) == first
    assert len(press.printed) == 2
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


def test_a_receipt_has_no_xml(engine: Engine, kept: Storage, press: CountingPress) -> None:
    id = keep(engine, "R-2026-00001", Kind.RECEIPT)
    assert made(engine, kept, press, id) == Files(b"%PDF R-2026-00001", None)


def test_an_invalid_einvoice_is_held_back_with_the_rule_and_the_others_are_made(
    engine: Engine, kept: Storage, press: CountingPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = keep(engine, "INV-2026-00001", Kind.INVOICE, total_minor=1)
    good = keep(engine, "INV-2026-00002", Kind.INVOICE, object_ref="o:2")
    found = archive.files(engine, kept, archive.load(engine, [bad, good]), press)
    assert isinstance(found[bad], NotValid)
    assert isinstance(found[good], Files)
    assert press.printed == ["INV-2026-00002"]
    with transaction(engine) as connection:
        rows = connection.execute(select(documents.c.problem).order_by(documents.c.id)).all()
    assert "INV-2026-00001" in str(rows[0].problem)
    assert rows[1].problem is None
    monkeypatch.setattr(einvoice, "cii", lambda _issued: b"<mended/>")
    monkeypatch.setattr(einvoice, "problems", lambda _xml: [])
    assert isinstance(made(engine, kept, press, bad), Files)
    assert archive.load(engine, [bad])[0].problem is None


@pytest.mark.parametrize(
    ("url", "words"),
    [("s3://bucket/documents", "pip"), ("nonsense://bucket", "no URL that fsspec knows")],
)
def test_a_storage_that_cannot_be_opened_says_what_to_do(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_driver(name: str, *_: Any, **__: Any) -> Any:
        raise ImportError("Install s3fs to access S3") if name == "s3" else ValueError("Protocol not known")

    monkeypatch.setattr("fsspec.core.get_filesystem_class", without_driver)
    with pytest.raises(ConfigError, match=words):
        Storage(url)


def test_a_storage_that_does_not_answer_is_tried_again_later(
    kept: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Any:
        raise TimeoutError("timed out")

    monkeypatch.setattr(kept._files, "pipe_file", down)
    monkeypatch.setattr(kept._files, "cat_file", down)
    with pytest.raises(Transient, match="does not answer"):
        kept.keep(b"x", "pdf")
    with pytest.raises(Transient, match="does not answer"):
        kept.read("0" * 64, "pdf")
