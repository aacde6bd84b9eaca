"""How each helpdesk opens the panel, one module and one line each."""

from collections.abc import Mapping

from portal.panels import freshdesk, front, helpscout, intercom, zendesk
from portal.panels.port import Panel

PANELS: Mapping[str, Panel] = {
    "zendesk": zendesk,
    "freshdesk": freshdesk,
    "helpscout": helpscout,
    "intercom": intercom,
    "front": front,
}
