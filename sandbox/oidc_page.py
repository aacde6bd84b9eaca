"""The pages a person sees at the sandbox's sign-in."""

from jinja2 import Environment

_STYLE = """
:root { --ink: #17202a; --ink-2: #4b5866; --line: #d5dbe1; --ground: #f6f7f9; --paper: #fff;
  --accent: #0b6e6e; --accent-ink: #fff; --bad: #b3261e; --bad-soft: #fbe9e7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --ink-2: #b4bfca; --line: #3a4650;
  --ground: #14191e; --paper: #1b2228; --accent: #4fb8b3; --accent-ink: #08201f;
  --bad: #f08a80; --bad-soft: #3a1a17; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; color: var(--ink);
  background: var(--ground);
  font: 15px/1.45 Inter, "Segoe UI", system-ui, -apple-system, "Noto Sans", sans-serif; }
main { width: min(360px, calc(100vw - 32px)); padding: 28px; background: var(--paper);
  border: 1px solid var(--line); border-radius: 8px; }
h1 { margin: 0 0 4px; font-size: 20px; } p { margin: 0 0 20px; color: var(--ink-2); }
label { display: block; margin-bottom: 4px; font-size: 13px; color: var(--ink-2); }
input { width: 100%; min-height: 44px; padding: 8px 10px; margin-bottom: 14px; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: 6px; }
button { width: 100%; min-height: 44px; font: inherit; font-weight: 600; color: var(--accent-ink);
  background: var(--accent); border: 0; border-radius: 6px; cursor: pointer; }
.wrong { padding: 8px 10px; color: var(--bad); background: var(--bad-soft); border-radius: 6px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""

_PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} - Lampa Studio</title><style>{{ style | safe }}</style></head>
<body><main>
<h1>{{ title }}</h1>
{% if form %}
<p>Lampa Studio staff account</p>
{% if wrong %}
<p class="wrong" role="alert">That e-mail address and password do not belong together.</p>
{% endif %}
<form method="post" autocomplete="on">
<label for="email">E-mail</label>
<input id="email" name="email" type="email" autocomplete="username" required value="{{ email }}"
  {% if not email %}autofocus{% endif %}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
  {% if email %}autofocus{% endif %}>
<button type="submit">Sign in</button>
</form>
{% else %}
<p>{{ words }}</p>
{% endif %}
</main></body></html>
"""
)


def sign_in(email: str = "", *, wrong: bool = False) -> str:
    """Return the sign-in form; it posts to its own address, which carries the authorization request."""
    return _PAGE.render(title="Sign in", style=_STYLE, form=True, email=email, wrong=wrong)


def problem(words: str, title: str = "Sign in") -> str:
    """Return a page that says one sentence."""
    return _PAGE.render(title=title, style=_STYLE, form=False, words=words)
