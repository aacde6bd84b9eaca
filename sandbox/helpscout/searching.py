"""Which of Help Scout's customers a list shows: by name, by time, and by its advanced query.

A query reads `(firstName:"John" OR email:("a@x.example" OR "b@x.example"))`; an address is found by any part of it.
Terms are joined by AND or by OR, never by both: the documentation shows no more. Source:
developer.helpscout.com/mailbox-api/endpoints/customers/list.
"""

import re
from collections.abc import Callable, Mapping

from sandbox.helpscout.answers import refused
from sandbox.state import Json

Test = Callable[[Json], bool]

_NAMED = re.compile(r'(firstName|lastName|email)\s*:\s*(?:"([^"]*)"|\(((?:\s*"[^"]*"(?:\s+OR)?)+)\s*\))')
_SINCE = re.compile(r"modifiedAt\s*:\s*\[(\S+) TO \*\]")
_WORDS = re.compile(r'"([^"]*)"')


def wanted(asked: Mapping[str, str]) -> Test | None:
    """Return the test that a list's parameters mean, None where everybody is wanted.

    Raises:
        Refused: 400, `query` is not a query.
    """
    tests = [_named(name, [asked[name]]) for name in ("firstName", "lastName") if asked.get(name)]
    if since := asked.get("modifiedSince"):
        tests.append(_since(since))
    if query := asked.get("query"):
        tests.append(_condition(query))
    return (lambda customer: all(test(customer) for test in tests)) if tests else None


def _condition(query: str) -> Test:
    rest = query.strip()
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1].strip()
    tests: list[Test] = []
    joints: set[str] = set()
    while rest:
        if tests:
            joint, _, rest = rest.partition(" ")
            joints.add(joint)
            rest = rest.strip()
        if found := _NAMED.match(rest):
            tests.append(_named(found[1], _WORDS.findall(found[3]) if found[3] else [found[2]]))
        elif found := _SINCE.match(rest):
            tests.append(_since(found[1]))
        else:
            raise refused(400, "Invalid query")
        rest = rest[found.end() :].strip()
    if not tests or not joints <= {"AND", "OR"} or len(joints) > 1:
        raise refused(400, "Invalid query")
    if joints == {"OR"}:
        return lambda customer: any(test(customer) for test in tests)
    return lambda customer: all(test(customer) for test in tests)


def _named(field: str, words: list[str]) -> Test:
    lowered = [word.lower() for word in words]
    if field == "email":
        return lambda customer: any(
            word in email["value"].lower() for word in lowered for email in customer["emails"]
        )
    return lambda customer: str(customer[field]).lower() in lowered


def _since(moment: str) -> Test:
    return lambda customer: bool(customer["updatedAt"] >= moment)
