"""The demo's configuration: a billhouse.toml for the sandbox's company, its secrets and logo in files beside it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from billing.verbs import FACTS, Verb

ZENDESK_APP_KEY = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjm5jMXUY+OPGsaZQPZ/z
3EiyvvT0Do27e5nMsy6JG12xyg3wJTwLYVyXVJbuhlVhDjsB/pcf7LVOOlayPmwC
O89dob9DHT5oMArf7jYN09m1g9M5G7aZdXMQlV5R70WEYX0SQwHduVm4bOOjhMM2
Ix5kGRU6spfFD1b4VvBsRGI2HLAzOavTwtObUzEzEFC3sKUHNk/GMhXDDVvLOEOt
ybQtsa4eLb9Mv7kk11zTySLvkVZnkBYO+kVMJ4teiQPxfy88hiCny4SNI9hZcK40
zRG1rJO5oOUGu3mM2lTpr39Ga67wv+19nZeVlmLdwMX92+5Acq7l7wFi3lkp+fLG
2QIDAQAB
-----END PUBLIC KEY-----
"""
"""The public key of the app in the sandbox's Zendesk; `GET /zendesk/api/v2/apps/1/public_key.pem` answers it."""

SECRETS = {
    "stripe_eu": "sk_test_sandbox_eu",
    "stripe_us": "sk_test_sandbox_us",
    "webhook_eu": "whsec_sandbox_eu",
    "webhook_us": "whsec_sandbox_us",
    "recurly": "recurly_sandbox_key",
    "webhook_recurly": "recurly_hook_secret",
    "paypal": "paypal_sandbox_secret",
    "braintree": "bt_sandbox_private",
    "woo_eu": "cs_sandbox_eu",
    "woo_us": "cs_sandbox_us",
    "woo_hook_eu": "woo_hook_eu",
    "woo_hook_us": "woo_hook_us",
    "zendesk": "zendesk_sandbox_token",
    "zendesk_hook": "zendesk_sandbox_hook",
    "zendesk_app": ZENDESK_APP_KEY,
    "freshdesk": "freshdesk_sandbox_key",
    "freshdesk_hook": "freshdesk_sandbox_hook",
    "freshdesk_panel": "freshdesk_sandbox_panel",
    "helpscout": "helpscout_sandbox_secret",
    "helpscout_hook": "helpscout_sandbox_hook",
    "helpscout_panel": "helpscout_sandbox_panel",
    "intercom": "intercom_sandbox_token",
    "intercom_client": "intercom_sandbox_client",
    "front": "front_sandbox_token",
    "front_key": "front_sandbox_key",
    "front_panel": "front_sandbox_panel",
    "oidc": "oidc_sandbox_secret",
    "cookie": "a-cookie-secret-for-the-demo-alone",
}

SIGN_INS = {
    "ana@lampa.example": "agent",
    "boris@lampa.example": "senior",
    "chen@lampa.example": "finance",
    "dora@lampa.example": "admin",
}

PASSWORD = "demo"  # noqa: S105 - the sandbox's people all have it, and it opens nothing else

LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">
<path d="M18 6h12l9 20H9z" fill="#b4540a"/><path d="M22 26h4v13h-4z" fill="#3d2b1f"/>
<path d="M14 39h20v3H14z" fill="#3d2b1f"/><circle cx="24" cy="29" r="4" fill="#f6c453"/>
</svg>
"""

TEMPLATE = """\
# The demo's configuration, written by `billhouse demo`. Yours starts from billhouse.example.toml.
var = "."

[company]
name = "Lampa Studio GmbH"
address = ["Oranienstr. 25"]
postal_code = "10999"
city = "Berlin"
country = "DE"
tax_id = "DE123456788"
email = "billing@lampa.example"
website = "https://lampa.example"
registration = "Amtsgericht Charlottenburg, HRB 123456 B"

[company.look]
accent = "#b4540a"
logo = "logo.svg"
footer = "Managing director: Lena Lampe"

[company.taxes]
oss = true

[entities.us]
name = "Lampa Studio Inc."
address = ["20 W 34th St"]
postal_code = "NY 10001"
city = "New York"
country = "US"
email = "billing.us@lampa.example"
website = "https://lampa.example"
series = "US"

[entities.us.look]
accent = "#1f4e9c"
logo = "logo.svg"

[entities.us.taxes]
collects = {{}}

[documents]
{start}
payment_requests = true

[store]
url = "sqlite:///billhouse.db"

[warehouse]
dir = "warehouse"

[[gateways.stripe]]
account = "stripe_eu"
title = "Stripe Europe"
secret_key = "file:secrets/stripe_eu"
webhook_secret = "file:secrets/webhook_eu"
base_url = "{url}/stripe"
requests_per_second = 100

[[gateways.stripe]]
account = "stripe_us"
title = "Stripe US"
entity = "us"
secret_key = "file:secrets/stripe_us"
webhook_secret = "file:secrets/webhook_us"
base_url = "{url}/stripe"
requests_per_second = 100

[[gateways.recurly]]
account = "recurly_main"
title = "Recurly"
api_key = "file:secrets/recurly"
webhook_secret = "file:secrets/webhook_recurly"
base_url = "{url}/recurly"
requests_per_second = 50

[[gateways.paypal]]
account = "paypal_main"
title = "PayPal"
client_id = "paypal_sandbox_client"
client_secret = "file:secrets/paypal"
webhook_id = "WH-SANDBOX"
base_url = "{url}/paypal"
requests_per_second = 100

[[gateways.braintree]]
account = "braintree_main"
title = "Braintree"
merchant_id = "bt_sandbox_merchant"
public_key = "bt_sandbox_public"
private_key = "file:secrets/braintree"
base_url = "{url}/braintree"
requests_per_second = 100

[[gateways.woocommerce]]
account = "woo_eu"
title = "Shop Europe"
consumer_key = "ck_sandbox_eu"
consumer_secret = "file:secrets/woo_eu"
webhook_secret = "file:secrets/woo_hook_eu"
base_url = "{url}/woocommerce/eu"
requests_per_second = 100

[[gateways.woocommerce]]
account = "woo_us"
title = "Shop America"
entity = "us"
consumer_key = "ck_sandbox_us"
consumer_secret = "file:secrets/woo_us"
webhook_secret = "file:secrets/woo_hook_us"
base_url = "{url}/woocommerce/us"
requests_per_second = 100

[[helpdesks.zendesk]]
account = "zendesk"
base_url = "{url}/zendesk"
email = "api@lampa.example"
api_token = "file:secrets/zendesk"
webhook_secret = "file:secrets/zendesk_hook"
app_public_key = "file:secrets/zendesk_app"
app_audience = "{url}/zendesk/api/v2/apps/installations/82.json"

[[helpdesks.freshdesk]]
account = "freshdesk"
base_url = "{url}/freshdesk"
api_key = "file:secrets/freshdesk"
webhook_secret = "file:secrets/freshdesk_hook"
panel_secret = "file:secrets/freshdesk_panel"

[[helpdesks.helpscout]]
account = "helpscout"
base_url = "{url}/helpscout"
app_id = "helpscout_sandbox_app"
app_secret = "file:secrets/helpscout"
webhook_secret = "file:secrets/helpscout_hook"
panel_secret = "file:secrets/helpscout_panel"

[[helpdesks.intercom]]
account = "intercom"
base_url = "{url}/intercom"
access_token = "file:secrets/intercom"
admin_id = "5001"
client_secret = "file:secrets/intercom_client"

[[helpdesks.front]]
account = "front"
base_url = "{url}/front"
api_token = "file:secrets/front"
webhook_secret = "file:secrets/front_key"
panel_secret = "file:secrets/front_panel"

[mail]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
sender = "billing@lampa.example"
reply_to = "support@lampa.example"

[sign_in]
issuer = "{url}/oidc"
client_id = "billhouse"
client_secret = "file:secrets/oidc"
cookie_secret = "file:secrets/cookie"

[serve]
dashboard_port = {dashboard_port}
portal_port = {portal_port}
dagster_port = {dagster_port}

[policy]
base_currency = "EUR"
approval_hours = 24
rates = {{ KWD = "2.92" }}

[roles.agent]
may = [{agent}]

[roles.agent.limits]
refund = {{ per_action = "100.00", per_day = "500.00", above = "approval" }}
capture = {{ per_action = "100.00", per_day = "500.00", above = "approval" }}

[roles.senior]
may = [{everything}, "approve"]

[roles.senior.limits]
{senior_limits}

[roles.finance]
may = ["look_up", "approve", "read_audit", "read_finance", "refund", "mark_uncollectible", "set_tax_details", "send_invoice"]

[roles.finance.limits]
refund = {{ per_action = "5000.00", per_day = "20000.00", above = "approval" }}

[roles.admin]
may = [{everything}, "approve", "read_audit", "read_finance"]

[roles.admin.limits]
{admin_limits}
{people}
"""  # noqa: E501 - a file as it is written

_AGENT = [verb for verb in Verb if not FACTS[verb].moves_money] + [Verb.REFUND, Verb.CAPTURE]


def _may(verbs: Iterable[Verb]) -> str:
    return ", ".join(
        f'"{name}"' for name in ("look_up", "link", "note", "mail", *(verb.value for verb in verbs))
    )


def _limits(per_action: str, per_day: str) -> str:
    return "\n".join(
        f'{verb.value} = {{ per_action = "{per_action}", per_day = "{per_day}", above = "approval" }}'
        for verb in Verb
        if FACTS[verb].moves_money
    )


def write(
    folder: Path,
    *,
    url: str,
    smtp_port: int,
    dashboard_port: int,
    portal_port: int,
    dagster_port: int,
    documents_from: date | None = None,
) -> Path:
    """Write billhouse.toml, its secrets and the logo into `folder`; return the file's path.

    Documents are issued for what was paid from `documents_from` on; without it, from the day of the first run on.
    """
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    for name, value in SECRETS.items():
        (secrets / name).write_text(value)
        (secrets / name).chmod(0o600)
    people = "".join(
        f'\n[[people]]\nemail = "{email}"\nrole = "{role}"\n' for email, role in SIGN_INS.items()
    )
    (folder / "logo.svg").write_text(LOGO)
    path = folder / "billhouse.toml"
    path.write_text(
        TEMPLATE.format(
            url=url,
            smtp_port=smtp_port,
            dashboard_port=dashboard_port,
            portal_port=portal_port,
            dagster_port=dagster_port,
            start=f"start = {documents_from}" if documents_from else "",
            people=people.rstrip(),
            agent=_may(_AGENT),
            everything=_may(Verb),
            senior_limits=_limits("1000.00", "5000.00"),
            admin_limits=_limits("unlimited", "unlimited"),
        )
    )
    return path
