"""What billhouse.toml may say of helpdesks: how each is reached, and what proves its webhooks and its agents."""

from pydantic import EmailStr, Field, SecretStr

from billing.settings_table import Table


class ZendeskAccount(Table):
    """One Zendesk account, reached with an agent's e-mail and an API token.

    `webhook_secret` is the webhook's signing secret; `app_public_key` (PEM) and `app_audience` prove the agent in
    the ticket sidebar.
    """

    account: str = Field(default="zendesk", pattern=r"^[a-z][a-z0-9_]*$")
    base_url: str
    email: EmailStr
    api_token: SecretStr
    webhook_secret: SecretStr | None = None
    app_public_key: SecretStr | None = None
    app_audience: str | None = None


class FreshdeskAccount(Table):
    """One Freshdesk account, reached with an agent's API key.

    Freshdesk signs nothing: `webhook_secret` is what the automation rule sends in a header of its own, and
    `panel_secret` what the app's request template sends.
    """

    account: str = Field(default="freshdesk", pattern=r"^[a-z][a-z0-9_]*$")
    base_url: str
    api_key: SecretStr
    webhook_secret: SecretStr | None = None
    panel_secret: SecretStr | None = None


class HelpscoutAccount(Table):
    """One Help Scout account, reached with an OAuth2 application's own credentials.

    `webhook_secret` signs webhooks, `panel_secret` the panel's address.
    """

    account: str = Field(default="helpscout", pattern=r"^[a-z][a-z0-9_]*$")
    base_url: str = "https://api.helpscout.net"
    app_id: str
    app_secret: SecretStr
    webhook_secret: SecretStr | None = None
    panel_secret: SecretStr | None = None


class IntercomAccount(Table):
    """One Intercom workspace, reached with an access token; `admin_id` is the teammate who writes our notes.

    `client_secret` signs webhooks and the inbox app's requests.
    """

    account: str = Field(default="intercom", pattern=r"^[a-z][a-z0-9_]*$")
    base_url: str = "https://api.intercom.io"
    access_token: SecretStr
    admin_id: str
    client_secret: SecretStr | None = None


class FrontAccount(Table):
    """One Front company, reached with an API token.

    `webhook_secret` is the application's key, which signs webhooks; `panel_secret` the plugin's `auth_secret`.
    """

    account: str = Field(default="front", pattern=r"^[a-z][a-z0-9_]*$")
    base_url: str = "https://api2.frontapp.com"
    api_token: SecretStr
    webhook_secret: SecretStr | None = None
    panel_secret: SecretStr | None = None


class Helpdesks(Table):
    """Any number of accounts per helpdesk."""

    zendesk: list[ZendeskAccount] = []
    freshdesk: list[FreshdeskAccount] = []
    helpscout: list[HelpscoutAccount] = []
    intercom: list[IntercomAccount] = []
    front: list[FrontAccount] = []
