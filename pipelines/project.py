"""The dbt project's files: where they are, how young the youngest is, and one hash of them all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "dbt_project"
_SUFFIXES = (".sql", ".yml", ".csv")


def fingerprint() -> str:
    """Return a hash of the whole project: models, macros, seeds and their settings."""
    found = hashlib.sha256()
    for path in sorted(_files()):
        found.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def youngest() -> float:
    """Return when the file that was changed last was changed, in Unix seconds."""
    return max(path.stat().st_mtime for path in _files())


def _files() -> Iterator[Path]:
    return (path for path in FOLDER.rglob("*") if path.suffix in _SUFFIXES)
