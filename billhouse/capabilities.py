"""The capability matrix, gateways x verbs, from the manifests: for the command line and docs/capabilities.md."""

from collections.abc import Iterator

from billing.verbs import FACTS, ObjectKind, Verb
from gateways import REGISTRY
from gateways.manifest import Cannot

NO = "-"


def as_rows() -> list[dict[str, str]]:
    """Return a row for each verb: its name, and for each gateway the kind of object that it acts upon, or "-"."""
    return [
        {
            "verb": verb.value,
            **{
                gateway.title: can.value if isinstance(can := gateway.verbs.get(verb), ObjectKind) else NO
                for gateway in REGISTRY.values()
            },
        }
        for verb in Verb
    ]


def notes() -> Iterator[str]:
    """Yield a sentence pair for each verb that a gateway cannot do: why, and what to do instead."""
    for gateway in REGISTRY.values():
        for verb, can in gateway.verbs.items():
            if isinstance(can, Cannot):
                yield f"{gateway.title}, {FACTS[verb].title.lower()}: {can.why} {can.instead}"


def as_markdown() -> str:
    """Return docs/capabilities.md. A test compares the file with it."""
    titles = [gateway.title for gateway in REGISTRY.values()]
    lines = [
        "# What each gateway can do",
        "",
        "Written by `billhouse capabilities --markdown` from the manifests. A cell names the kind of object that",
        "a verb acts upon there; the contract suite (`tests/actions/test_contract.py`) tries every cell. What is",
        "not possible stands below, with the reason and an alternative: a greyed button shows it.",
        "",
        f"| verb | {' | '.join(titles)} |",
        f"|---{'|---' * len(titles)}|",
    ]
    lines += [f"| {' | '.join(row.values())} |" for row in as_rows()]
    for gateway in REGISTRY.values():
        reasons = {verb: can for verb, can in gateway.verbs.items() if isinstance(can, Cannot)}
        if reasons:
            lines += ["", f"## Not at {gateway.title}", ""]
            lines += [f"- **{verb.value}**: {can.why} {can.instead}" for verb, can in reasons.items()]
    return "\n".join(lines) + "\n"
