"""Where staff look a customer up: the address that notes and fields carry."""

from urllib.parse import quote

from billing.settings import Settings


def look_up(settings: Settings, wanted: str) -> str:
    """Return the address of the look-up page with `wanted` (an e-mail address, an id) typed in."""
    serve = settings.serve
    base = serve.dashboard_url or f"http://{serve.host}:{serve.dashboard_port}"
    return f"{base.rstrip('/')}/?q={quote(wanted, safe='')}"
