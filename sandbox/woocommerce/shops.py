"""The company's two shops, and what their installations say of themselves."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sandbox.state import State

VENDOR = "woocommerce"
VERSION = "11.0.1"


@dataclass(frozen=True)
class Shop:
    """One shop: where it is, who may read it, and how it sells."""

    name: str
    path: str
    key: str
    secret: str
    webhook_secret: str
    title: str
    currency: str
    symbol: str
    zone: str
    includes_tax: bool


EU = Shop(
    "woo_eu", "eu", "ck_sandbox_eu", "cs_sandbox_eu", "woo_hook_eu", "Lampa Shop Europe",
    "EUR", "€", "Europe/Berlin", True,
)  # fmt: skip
US = Shop(
    "woo_us", "us", "ck_sandbox_us", "cs_sandbox_us", "woo_hook_us", "Lampa Shop America",
    "USD", "$", "America/New_York", False,
)  # fmt: skip
SHOPS = {shop.name: shop for shop in (EU, US)}
BY_PATH = {shop.path: shop for shop in (EU, US)}


def zone(state: State, shop: Shop) -> ZoneInfo:
    """Return the shop's time zone: what WordPress calls local time."""
    return ZoneInfo(state.get_setting(f"{VENDOR}.{shop.name}.zone", shop.zone))


def set_zone(state: State, shop: Shop, name: str) -> None:
    """Move a shop to another time zone, such as "UTC"."""
    state.set_setting(f"{VENDOR}.{shop.name}.zone", name)


def keep_url(state: State, url: str) -> None:
    """Remember where the shops answer; links and payment pages are made of it."""
    state.set_setting(f"{VENDOR}.url", url)


def home(state: State, shop: Shop) -> str:
    """Return the shop's address."""
    return f"{state.get_setting(f'{VENDOR}.url', 'http://127.0.0.1/woocommerce')}/{shop.path}"
