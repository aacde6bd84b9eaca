"""Names of the files in the warehouse's folder (DuckDB profile)."""

from pathlib import Path

RAW = "raw.duckdb"
STAGING = "staging.duckdb"
MARTS = "marts.duckdb"
CURRENT = "CURRENT"
LOCK = "writer.lock"


def serve_name(number: int) -> str:
    """Return the file name of the published copy with this number."""
    return f"serve-{number}.duckdb"


def serve_number(path: Path) -> int:
    """Return the number in a published copy's file name."""
    return int(path.stem.removeprefix("serve-"))


def published_copies(folder: Path) -> list[Path]:
    """Return all published copies, oldest first."""
    return sorted(folder.glob("serve-*.duckdb"), key=serve_number)
