"""What changed among a company's customers is told to all five helpdesks at once, in as few calls as each allows.

The helpdesks know the demo company's people; what the marts say of them is published by hand, so that a hundred
can change between two runs.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from billhouse import demo_config, demo_helpdesks
from billhouse.house import House, open_house
from helpdesk_sync.engine import SyncReport, push, sync
from helpdesk_sync.registry import HELPDESKS
from tests.conftest import start_sandbox
from tests.helpdesk_sync.conftest import context, publish_into
from tests.helpdesk_sync.ward import SECRETS, Ward

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE, CHANGED = 120, 100
ONE_BY_ONE = tuple(name for name in HELPDESKS if name != "zendesk")
# Calls that change nothing at a helpdesk though they are no GET.
HARMLESS = ("/oauth2/token", "/search")


@dataclass(frozen=True)
class Company:
    """A house whose helpdesks all know the same people, by their addresses."""

    house: House
    wards: dict[str, Ward]
    people: list[str]

    def publish(self, changed: Mapping[str, Any] | None = None, without: Collection[str] = ()) -> None:
        """Let the marts say the usual of everybody, something else of some, nothing of those `without`."""
        known = [email for email in self.people if email not in without]
        rows = [context(email, **(changed or {}).get(email, {})) for email in {*known, *(changed or {})}]
        publish_into(self.house.settings.warehouse.dir, rows)

    def sync(self) -> SyncReport:
        return sync(self.house.settings, self.house.engine, self.house.reader)

    def push(self) -> SyncReport:
        return push(self.house.settings, self.house.engine, self.house.reader)

    def forget(self) -> None:
        for path in ("requests", "helpdesk_writes"):
            self.sandbox.forget(path)

    def calls(self, helpdesk: str) -> list[str]:
        """The calls since `forget` that may have changed something at a helpdesk."""
        return [
            f"{one['method']} {one['path']}"
            for one in self.sandbox.control(f"requests?prefix=/{helpdesk}/")
            if one["method"] != "GET" and not one["path"].endswith(HARMLESS)
        ]

    def writes(self) -> dict[str, int]:
        counted: dict[str, int] = self.sandbox.control("helpdesk_writes")
        return counted

    def compare(self) -> dict[str, dict[str, Any]]:
        """What the demo says of them."""
        house = self.house
        return demo_helpdesks.compare(
            house.settings, house.reader, self.sandbox.url, lambda _name, _seen: None
        )

    @property
    def sandbox(self) -> Any:
        return self.wards["zendesk"].sandbox


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("helpdesks")
    sandbox = start_sandbox(folder / "vendors", "--customers", str(2 * PEOPLE))
    ports = {"dashboard_port": 18501, "portal_port": 18600, "dagster_port": 13000}
    config = demo_config.write(folder / "house", url=sandbox.url, smtp_port=sandbox.smtp_port, **ports)
    wards = {name: Ward(name, sandbox) for name in HELPDESKS}
    with open_house(config) as house:
        yield Company(house, wards, _known_everywhere(wards, house))
    sandbox.stop()


@pytest.fixture
def company(running: Company) -> Company:
    """Everybody at every helpdesk holds the usual facts, and nothing is counted yet."""
    running.publish()
    report = running.sync()
    assert (report.failed, report.problem) == (0, None)
    assert report.contacts_matched == report.contacts_synced >= PEOPLE * len(HELPDESKS)
    running.forget()
    return running


def _known_everywhere(wards: dict[str, Ward], house: House) -> list[str]:
    """Addresses that one contact has at each helpdesk."""
    zendesk = wards["zendesk"].open(house.settings)
    try:
        emails = sorted(contact.email for contact in zendesk.contacts())
    finally:
        zendesk.close()
    found = [
        email
        for email in emails[: PEOPLE + 20]
        if all(len(ward.act("contact", email=email)["ids"]) == 1 for ward in wards.values())
    ]
    assert len(found) >= PEOPLE
    return found[:PEOPLE]


def test_a_hundred_changed_customers_are_a_hundred_calls_and_two_jobs_at_zendesk(company: Company) -> None:
    changed = company.people[:CHANGED]
    company.publish({email: {"plan": "Team"} for email in changed})
    assert company.push().writes == CHANGED * len(HELPDESKS)
    for name in ONE_BY_ONE:
        calls = company.calls(name)
        assert 0 < len(calls) <= CHANGED, f"{name}: {len(calls)} calls"
    jobs = company.calls("zendesk")
    assert 1 <= len(jobs) <= 2
    assert {path.rpartition("/")[2] for path in jobs} == {"update_many"}
    assert company.writes() == dict.fromkeys(HELPDESKS, CHANGED)
    for part in company.compare().values():
        assert (part["contacts_compared"], part["different"]) == (PEOPLE, [])


def test_several_changes_of_a_person_between_two_runs_are_one_write(company: Company) -> None:
    for plan in ("Team", "Basic", "Team yearly"):
        company.publish({company.people[0]: {"plan": plan}})
    company.push()
    assert company.writes() == dict.fromkeys(HELPDESKS, 1)


def test_nothing_is_written_when_nothing_changed(company: Company) -> None:
    company.publish()
    for report in (company.push(), company.sync()):
        assert (report.writes, report.failed) == (0, 0)
    assert {name: company.calls(name) for name in HELPDESKS} == {name: [] for name in HELPDESKS}
    assert company.writes() == dict.fromkeys(HELPDESKS, 0)


@pytest.mark.parametrize("helpdesk", HELPDESKS)
def test_the_demo_names_a_contact_that_holds_something_else(company: Company, helpdesk: str) -> None:
    """The marts say something new of two people, and nothing was told: the demo's own eyes see it."""
    company.publish({company.people[1]: {"renews_at": None}, company.people[2]: {"open_disputes": 3}})
    part = company.compare()[helpdesk]
    assert part["contacts_compared"] == PEOPLE
    assert {(row["email"], row["field"], row["ours"], row["theirs"]) for row in part["different"]} == {
        (company.people[1], "billhouse_renews_on", None, "2026-12-12"),
        (company.people[2], "billhouse_open_disputes", 3, 0),
    }


def test_an_address_that_changed_at_the_gateway_takes_its_facts_along(company: Company) -> None:
    """Who paid as the first pays as the second from now on: the first contact keeps nothing of it."""
    first, second = company.people[:2]
    company.publish({second: {"plan": "Team"}}, without=[first])
    company.push()
    for name, ward in company.wards.items():
        (former,), (now,) = (ward.act("contact", email=email)["ids"] for email in (first, second))
        assert set(ward.held(former).values()) == {None}, name
        assert ward.held(now)["billhouse_plan"] == "Team", name


@pytest.mark.parametrize("helpdesk", ["freshdesk", "intercom"])
def test_a_contact_that_became_another_person_keeps_nothing_of_the_former(
    company: Company, helpdesk: str
) -> None:
    """Elsewhere an address is added to a contact, and the first one stays."""
    ward = company.wards[helpdesk]
    paying, stranger = (f"{name}@{helpdesk}.moved.example" for name in ("new", "stranger"))
    contact = ward.add(f"old@{helpdesk}.moved.example")
    company.publish({f"old@{helpdesk}.moved.example": {"plan": "Team"}, paying: {"plan": "Basic"}})
    company.sync()
    assert ward.held(contact)["billhouse_plan"] == "Team"
    _rename(ward, contact, paying)
    company.sync()
    assert ward.held(contact)["billhouse_plan"] == "Basic"
    assert "new%40" in str(ward.held(contact)["billhouse_link"])
    _rename(ward, contact, stranger)
    company.sync()
    assert set(ward.held(contact).values()) == {None}


def _rename(ward: Ward, contact: str, email: str) -> None:
    """Give a contact another address, as an agent does."""
    path, keyed = f"/intercom/contacts/{contact}", f"Bearer {SECRETS['intercom']['access_token']}"
    if ward.name == "freshdesk":
        pair = f"{SECRETS['freshdesk']['api_key']}:X"
        path, keyed = f"/freshdesk/api/v2/contacts/{contact}", f"Basic {b64encode(pair.encode()).decode()}"
    url = f"{ward.sandbox.url}{path}"
    httpx.put(url, json={"email": email}, headers={"Authorization": keyed}).raise_for_status()
