"""A helpdesk's page of one ticket as an agent sees it: the conversation, and the sidebar with the installed app."""

from collections.abc import Mapping, Sequence

from jinja2 import Environment

_PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; display: grid; grid-template-columns: 1fr 336px; min-height: 100vh;
  font: 15px/1.5 system-ui, sans-serif; }
main { padding: 24px; } h1 { font-size: 18px; } .faint { opacity: .7; }
aside { border-left: 1px solid #8884; padding: 8px; }
iframe { width: 320px; height: 900px; border: 0; }
</style></head>
<body><main><h1>{{ title }}</h1><p class="faint">{{ who }}</p>
{% for line in lines %}<p>{{ line }}</p>{% endfor %}</main>
<aside>{{ frame | safe }}</aside>
<script>{{ script | safe }}</script>
</body></html>
"""
)
_FRAME = Environment(autoescape=True).from_string(
    """{% if fields is not none %}<form id="opening" method="post" target="panel" action="{{ url }}">
{% for name, value in fields.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %}
</form>{% endif %}<iframe id="panel" name="panel" title="App"
{%- if fields is none and url %} src="{{ url }}"{% endif %}
{%- if limits %} sandbox="{{ limits }}"{% endif %}></iframe>"""
)


def page(title: str, who: str, lines: Sequence[str], frame: str, script: str = "") -> str:
    """Return the page; `frame` and `script` are the helpdesk's own markup."""
    return _PAGE.render(title=title, who=who, lines=lines, frame=frame, script=script)


def frame(url: str = "", fields: Mapping[str, str] | None = None, limits: str = "") -> str:
    """Return the app's frame: opened by its address, or by a form with `fields` that the page posts into it.

    `limits` is the frame's sandbox attribute, for helpdesks that set one.
    """
    return _FRAME.render(url=url, fields=fields, limits=limits)
