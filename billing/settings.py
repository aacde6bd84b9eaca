"""billhouse.toml -> Settings: the only reader of the file and of the environment's secrets.

Secrets are never written in the file. `"env:NAME"` reads the variable NAME, or, where that is not set, the
file that NAME_FILE names; `"file:PATH"` reads a file. A mistake is reported with its line, its key and the
remedy.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from billing.errors import ConfigError
from billing.settings_model import Misplaced, Settings

__all__ = ["Settings", "config_path", "load"]


def config_path() -> Path:
    """Return where the configuration is: what BILLHOUSE_CONFIG names, else billhouse.toml right here."""
    return Path(os.environ.get("BILLHOUSE_CONFIG") or "billhouse.toml").absolute()


def load(path: Path) -> Settings:
    """Read and check a configuration file; relative paths in it are relative to its folder.

    Raises:
        ConfigError: the file is absent, is not TOML, has an unknown or missing key or a wrong type, or refers
            to a secret that is not there. The text names the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as cause:
        raise ConfigError(
            f"{path} cannot be read ({cause.strerror}). Copy billhouse.example.toml there and fill it in."
        ) from cause
    except UnicodeDecodeError as cause:
        raise ConfigError(f"{path} is not UTF-8 text. Save it as UTF-8.") from cause
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise ConfigError(f"{path} is not valid TOML: {cause}.") from cause
    resolved = _resolve_secrets(raw, Settings, (), path, text)
    try:
        settings = Settings.model_validate(resolved)
    except ValidationError as cause:
        raise ConfigError(_explain(cause, path, text)) from None  # pydantic's text would repeat the inputs
    return settings.anchored(path.resolve().parent)


def _resolve_secrets(
    value: Any, model: type[BaseModel], loc: tuple[str | int, ...], path: Path, text: str
) -> Any:
    """Replace the references in every SecretStr field of a table by what they point to."""
    if not isinstance(value, dict):
        return value
    done = dict(value)
    for name, field in model.model_fields.items():
        if name not in value:
            continue
        here = (*loc, name)
        types = {field.annotation, *get_args(field.annotation)}
        if SecretStr in types:
            done[name] = _secret(value[name], here, path, text)
            continue
        inner = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
        if inner is not None and isinstance(value[name], dict):
            done[name] = _resolve_secrets(value[name], inner, here, path, text)
        elif inner is not None and isinstance(value[name], list):
            done[name] = [
                _resolve_secrets(item, inner, (*here, n), path, text) for n, item in enumerate(value[name])
            ]
    return done


def _secret(reference: Any, loc: tuple[str | int, ...], path: Path, text: str) -> str:
    where = f"{path}, line {_line(text, loc)}, {_key(loc)}"
    if not isinstance(reference, str):
        raise ConfigError(f'{where}: a secret is given by reference, like "env:STRIPE_SECRET_KEY".')
    kind, _, name = reference.partition(":")
    if kind == "file" and name:
        return _secret_file(path.parent / name, where)
    if kind != "env" or not name:
        raise ConfigError(
            f'{where}: secrets do not stand in this file. Write "env:NAME" or "file:PATH" instead.'
        )
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):  # and do not repeat it: it may be the secret itself
        raise ConfigError(
            f"{where}: after env: comes the name of a variable, in capital letters, not the secret itself."
        )
    if name in os.environ:
        found = os.environ[name].strip()
    elif f"{name}_FILE" in os.environ:
        found = _secret_file(Path(os.environ[f"{name}_FILE"]), where)
    else:
        raise ConfigError(f"{where}: {name} is not set. Set it, or set {name}_FILE to a file that holds it.")
    if not found:
        raise ConfigError(f"{where}: {name} is empty. Put the secret in it.")
    return found


def _secret_file(path: Path, where: str) -> str:
    try:
        found = path.read_text(encoding="utf-8").strip()
    except OSError as cause:
        raise ConfigError(f"{where}: the secret's file {path} cannot be read ({cause.strerror}).") from cause
    if not found:
        raise ConfigError(f"{where}: the secret's file {path} is empty.")
    return found


def _explain(error: ValidationError, path: Path, text: str) -> str:
    """Say every mistake in words, each with its line and key; never with the value, which may be a secret."""
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        loc = tuple(part for part in fault["loc"] if part not in ("str", "dict", "[key]"))
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, Misplaced):
            loc = cause.loc
        where = f"{path}, line {_line(text, loc)}, {_key(loc)}"
        match fault["type"]:
            case "default_factory_not_called":
                continue  # what it would be made from is wrong, and told by itself
            case "extra_forbidden":
                lines.append(f"{where}: there is no such key. Known here: {_known(loc)}.")
            case "missing":
                lines.append(f"{where}: this key is missing. Add it.")
            case _:
                message = fault["msg"].removeprefix("Value error, ")
                lines.append(f"{where}: {message[0].upper()}{message[1:].rstrip('.')}.")
    return "\n".join(lines)


def _known(loc: tuple[str | int, ...]) -> str:
    model: type[BaseModel] | None = Settings
    for part in loc[:-1]:
        if isinstance(part, int) or model is None:
            continue
        field = model.model_fields.get(part)
        annotation = field.annotation if field else None
        candidates = [annotation, *get_args(annotation)]
        model = next((t for t in candidates if isinstance(t, type) and issubclass(t, BaseModel)), model)
    return ", ".join(sorted(model.model_fields)) if model else "none"


def _key(loc: tuple[str | int, ...]) -> str:
    """("gateways", "stripe", 0, "account") -> "gateways.stripe[1].account"."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _line(text: str, loc: tuple[str | int, ...]) -> int:
    """Find the line where a key stands, or the head of its table when the key itself is absent."""
    names = [part for part in loc if isinstance(part, str)]
    index = next((part for part in loc if isinstance(part, int)), 0)
    best, seen, inside = 1, -1, len(names) == 1
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith("["):
            table = line.strip("[] \t").split("#")[0].strip("] ")
            inside = bool(names) and table in {".".join(names[:n]) for n in range(1, len(names) + 1)}
            if inside and line.startswith("[["):
                seen += 1
                inside = seen == index
            if inside:
                best = number
        elif inside and names and line.split("=")[0].strip() in names[-2:]:
            return number
    return best
