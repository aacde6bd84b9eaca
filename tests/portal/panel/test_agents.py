"""The helpdesks that prove an agent tell their address, by our own adapters and the sandbox's accounts."""

from typing import Any

import pytest
from pydantic import SecretStr

from billing.settings_helpdesks import HelpscoutAccount, IntercomAccount, ZendeskAccount
from helpdesk_sync.helpdesks.helpscout import Helpscout
from helpdesk_sync.helpdesks.intercom import Intercom
from helpdesk_sync.helpdesks.zendesk import Zendesk
from tests.conftest import Sandbox


def zendesk(url: str) -> Zendesk:
    token = SecretStr("zendesk_sandbox_token")
    return Zendesk(ZendeskAccount(base_url=f"{url}/zendesk", email="api@lampa.example", api_token=token))


def helpscout(url: str) -> Helpscout:
    secret = SecretStr("helpscout_sandbox_secret")
    account = HelpscoutAccount(base_url=f"{url}/helpscout", app_id="helpscout_sandbox_app", app_secret=secret)
    return Helpscout(account)


def intercom(url: str) -> Intercom:
    token = SecretStr("intercom_sandbox_token")
    return Intercom(IntercomAccount(base_url=f"{url}/intercom", access_token=token, admin_id="5001"))


@pytest.mark.parametrize("make", [zendesk, helpscout, intercom])
def test_an_agent_is_known_by_their_id_and_nobody_else_is(sandbox: Sandbox, make: Any) -> None:
    desk = make(sandbox.url)
    try:
        ids = {
            zendesk: range(20000000001, 20000000006),
            helpscout: range(4000, 4010),
            intercom: range(5001, 5006),
        }
        emails = {desk.agent_email(str(number)) for number in ids[make]} - {None}
        assert {f"{name}@lampa.example" for name in ("ana", "boris", "chen", "dora")} <= emails
        assert {email.partition("@")[2] for email in emails} == {"lampa.example"}
        for nobody in ("999999999999", "", "me", "../users/me", "²"):
            assert desk.agent_email(nobody) is None
    finally:
        desk.close()


def test_an_end_user_is_no_agent(sandbox: Sandbox) -> None:
    [customer] = sandbox.control("act", vendor="zendesk", deed="contact", email="maria@example.com")["ids"]
    desk = zendesk(sandbox.url)
    try:
        assert desk.agent_email(str(customer)) is None
    finally:
        desk.close()
