"""A kept contact -> the whole contact of Intercom's answers (schema `contact` of its OpenAPI description 2.16)."""

from sandbox.intercom.answers import WORKSPACE
from sandbox.state import Json

_UNKNOWN = (
    "avatar",
    "last_contacted_at",
    "last_email_opened_at",
    "last_email_clicked_at",
    "language_override",
    "browser",
    "browser_version",
    "browser_language",
    "os",
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "ios_last_seen_at",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "utm_term",
    "referrer",
    "enabled_push_messaging",
)
_PLACE = ("country", "region", "city", "country_code", "continent_code")
_LISTS = {
    "tags": "tags",
    "notes": "notes",
    "companies": "companies",
    "opted_out_subscription_types": "subscriptions",
    "opted_in_subscription_types": "subscriptions",
}


def render(contact: Json) -> Json:
    """Return a contact as Intercom shows it; of one without an address, the e-mail fields are left out."""
    path = f"/contacts/{contact['id']}"
    email = contact["email"]
    address = {"email": email, "email_domain": email.rpartition("@")[2]} if email else {}
    return {
        "type": "contact",
        "workspace_id": WORKSPACE,
        **{name: value for name, value in contact.items() if name != "email"},
        **address,
        **dict.fromkeys(_UNKNOWN),
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "social_profiles": {"type": "list", "data": []},
        "location": {"type": "location", **dict.fromkeys(_PLACE)},
        **{
            name: {
                "type": "list",
                "data": [],
                "url": f"{path}/{last}",
                "total_count": 0,
                "has_more": False,
            }
            for name, last in _LISTS.items()
        },
    }
