"""The demo's configuration: a billhouse.toml for the sandbox's company, its secrets in files beside it."""

from collections.abc import Iterable
from pathlib import Path

from billing.verbs import FACTS, Verb

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

TEMPLATE = """\
# The demo's configuration, written by `billhouse demo`. Yours starts from billhouse.example.toml.
var = "."

[company]
name = "Lampa Studio GmbH"
address = ["Oranienstr. 25", "10999 Berlin", "Germany"]
country = "DE"
tax_id = "DE123456789"
email = "billing@lampa.example"
website = "https://lampa.example"

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
    return ", ".join(f'"{name}"' for name in ("look_up", "link", "note", *(verb.value for verb in verbs)))


def _limits(per_action: str, per_day: str) -> str:
    return "\n".join(
        f'{verb.value} = {{ per_action = "{per_action}", per_day = "{per_day}", above = "approval" }}'
        for verb in Verb
        if FACTS[verb].moves_money
    )


def write(
    folder: Path, *, url: str, smtp_port: int, dashboard_port: int, portal_port: int, dagster_port: int
) -> Path:
    """Write billhouse.toml and its secrets into `folder`; return the file's path."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    for name, value in SECRETS.items():
        (secrets / name).write_text(value)
        (secrets / name).chmod(0o600)
    people = "".join(
        f'\n[[people]]\nemail = "{email}"\nrole = "{role}"\n' for email, role in SIGN_INS.items()
    )
    path = folder / "billhouse.toml"
    path.write_text(
        TEMPLATE.format(
            url=url,
            smtp_port=smtp_port,
            dashboard_port=dashboard_port,
            portal_port=portal_port,
            dagster_port=dagster_port,
            people=people.rstrip(),
            agent=_may(_AGENT),
            everything=_may(Verb),
            senior_limits=_limits("1000.00", "5000.00"),
            admin_limits=_limits("unlimited", "unlimited"),
        )
    )
    return path
