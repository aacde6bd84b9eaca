"""What makes a PDF/A-3 a Factur-X document: its XML attached once, and metadata that name it."""

import io
from copy import deepcopy
from datetime import datetime
from functools import cache
from importlib.resources import files

import pydyf
from lxml import etree
from weasyprint import Attachment, Document

NAME = "factur-x.xml"
PROFILE = "EN 16931"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def attachment(xml: bytes, issued_at: datetime) -> Attachment:
    """Return the invoice's data as the attachment of its PDF: the same invoice in another form."""
    return Attachment(
        file_obj=io.BytesIO(xml),
        name=NAME,
        description="Factur-X/ZUGFeRD invoice",
        relationship="Alternative",
        created=issued_at,
        modified=issued_at,
    )


def finish(_document: Document, pdf: pydyf.PDF) -> None:
    """Name the attachment in the metadata, as Factur-X asks for it."""
    metadata = _of_reference(pdf, pdf.catalog["Metadata"])
    metadata.stream = [_with_extension(metadata.stream[0])]
    # WeasyPrint lists an attachment of the document as a file associated with it twice.
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    for one in pdf.objects:
        if isinstance(one, pydyf.Stream) and one.extra.get("Type") == "/EmbeddedFile":
            one.extra["Subtype"] = "/text#2fxml"  # as Factur-X names it, whatever this system calls XML


def _of_reference(pdf: pydyf.PDF, reference: bytes) -> pydyf.Stream:
    stream = pdf.objects[int(reference.split()[0])]
    assert isinstance(stream, pydyf.Stream)
    return stream


def _with_extension(packet: bytes) -> bytes:
    """Put Factur-X's properties and their schema into the one RDF element that a packet may have."""
    head, _, rest = packet.partition(b"\n")
    body, _, tail = rest.rpartition(b"\n")
    meta = etree.fromstring(body)
    rdf = meta.find(_RDF)
    assert rdf is not None
    rdf.extend(deepcopy(list(_extension())))
    return b"\n".join((head, etree.tostring(meta), tail))


@cache
def _extension() -> etree._Element:
    """Return the properties and their PDF/A schema as the Factur-X consortium gives them, with our profile."""
    whole = etree.fromstring(files("facturx").joinpath("xmp/Factur-X_extension_schema.xmp").read_bytes())
    for level in whole.iter(f"{_FX}ConformanceLevel"):
        level.text = PROFILE
    return whole
