"""`python -m tools.helpdesk_apps --url https://billing.example.com`: what administrators install in each helpdesk.

apps/<helpdesk>/ with our addresses filled in -> var/apps: a zip for those that take an upload (Zendesk, Freshdesk),
a page of settings to enter for the others. No secret goes into any of them.
"""

import argparse
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from billing.errors import BillhouseError
from billing.settings import Settings, load
from billing.settings_helpdesks import Helpdesks

ROOT = Path(__file__).parents[1]
APPS = ROOT / "apps"
PACKED = frozenset({"zendesk", "freshdesk"})
_FILLED = frozenset({".json", ".md"})
_DATE = (2026, 1, 1, 0, 0, 0)  # so that the same sources give the same zip


def write(out: Path, url: str, accounts: Mapping[str, list[str]], who: Mapping[str, str]) -> list[Path]:
    """Write what each account's administrator needs into `out`, and return the files.

    Args:
        out: the folder; what is there under the same names is replaced.
        url: the portal's public address.
        accounts: helpdesk -> its accounts in billhouse.toml.
        who: `company` and `email`, as the app's author.

    Raises:
        ValueError: helpdesks only open pages by https.
    """
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"{url} is no https address. Helpdesks open nothing else; set serve.portal_url.")
    places = {"portal_url": parts.geturl(), "portal_host": parts.netloc, "portal_path": parts.path, **who}
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for helpdesk, names in accounts.items():
        for account in names:
            filled = {**places, "account": account}
            make = _pack if helpdesk in PACKED else _page
            made.append(make(helpdesk, out / f"{helpdesk}-{account}", filled))
    return made


def of_settings(settings: Settings) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the configured accounts by helpdesk, and who the apps' author is."""
    accounts = {
        name: [one.account for one in getattr(settings.helpdesks, name)] for name in Helpdesks.model_fields
    }
    return accounts, {"company": settings.company.name, "email": settings.company.email}


def main(arguments: list[str]) -> int:
    """Read the command line, write the packages and say where they are; return the exit code."""
    parser = argparse.ArgumentParser(prog="make helpdesk-apps")
    parser.add_argument("--config", type=Path, help="take address and accounts from this configuration")
    parser.add_argument("--url", help="the portal's public address; each helpdesk's account has its own name")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "apps")
    asked = parser.parse_args(arguments)
    try:
        made = write(asked.out, *_wanted(asked.config, asked.url))
    except (BillhouseError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for path in made:
        helpdesk = path.name.partition("-")[0]
        print(f"{path}  (docs/helpdesks/{helpdesk}.md says what to do with it)")
    return 0


def _wanted(config: Path | None, url: str | None) -> tuple[str, dict[str, list[str]], dict[str, str]]:
    if url:
        accounts = {name: [name] for name in Helpdesks.model_fields}
        return url, accounts, {"company": "Billhouse", "email": "billing@example.com"}
    settings = load(config or Path("billhouse.toml"))
    return settings.serve.portal_url or "", *of_settings(settings)


def _pack(helpdesk: str, target: Path, places: Mapping[str, str]) -> Path:
    path = target.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _files(helpdesk, places):
            package.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return path


def _page(helpdesk: str, target: Path, places: Mapping[str, str]) -> Path:
    path = target.with_suffix(".md")
    path.write_bytes(b"\n".join(content for _, content in _files(helpdesk, places)))
    return path


def _files(helpdesk: str, places: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    folder = APPS / helpdesk
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes()
        if path.suffix in _FILLED:
            text = content.decode()
            for name, value in places.items():
                text = text.replace(f"@{name}@", value.replace('"', "'"))
            content = text.encode()
        yield path.relative_to(folder).as_posix(), content


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
