"""Logging for every entry point: one line a record on stderr, with every known secret blacked out."""

import logging
import sys

from pydantic import BaseModel, SecretStr

from billing.settings_model import Settings

REDACTED = "[secret]"


class _Redact(logging.Formatter):
    """Formats a record, its exception included, and blacks out secrets in the finished text."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text


def set_up(settings: Settings | None = None, level: int = logging.WARNING) -> None:
    """Send log records to stderr; with settings, their secrets never show in one."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redact(secrets_of(settings) if settings else []))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def secrets_of(table: BaseModel) -> list[str]:
    """Return every secret value that a table of the settings holds, tables inside it included."""
    found: list[str] = []
    for name in type(table).model_fields:
        value = getattr(table, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, SecretStr):
                found.append(item.get_secret_value())
            elif isinstance(item, BaseModel):
                found.extend(secrets_of(item))
    return found
