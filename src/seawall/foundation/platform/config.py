"""Settings of one Seawall server: one TOML file, overridden by the environment.

Order, later wins: the defaults below, the file named by ``SEAWALL_CONFIG`` (default
``seawall.toml`` in the data directory, if there), then ``SEAWALL_<FIELD>`` variables.
An unknown key or a value of the wrong type is refused with the key's name.

This module knows nothing of Django, so that offline commands may read it.
"""

import os
import secrets
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

Carrier = Literal["embedded", "none"]


class ConfigError(ValueError):
    """A setting that cannot be used; the message names the key and what to write instead."""


@dataclass(frozen=True)
class Config:
    """Everything that can be set, with its default."""

    data_dir: Path = Path("var")
    """Folder for the database, blobs, keys and caches."""
    database_url: str = ""
    """``postgres://user:password@host:port/name``; empty means SQLite in ``data_dir``."""
    base_url: str = "http://127.0.0.1:8440"
    """Address under which people and feeds reach this server."""
    allowed_hosts: str = "127.0.0.1,localhost,[::1]"
    """Comma-separated host names that the server answers to."""
    log_origin: str = "seawall.example/log"
    """Origin line of the transparency log's checkpoints; never change it once published."""
    publisher: str = "Seawall Clearinghouse"
    """Name of the publisher in advisories."""
    carrier: Carrier = "embedded"
    """``embedded`` runs background work inside the server; ``none`` leaves it to ``seawall worker``."""
    worker_threads: int = 2
    """Threads of the embedded carrier; each runs one job at a time."""
    validation_runs: int = 5
    """Runs of a proof on each side."""
    lease_seconds: int = 30
    """How long a job stays with a worker that has stopped answering."""
    debug: bool = False
    log_format: Literal["console", "json"] = "console"
    max_body_bytes: int = 16 * 1024 * 1024
    """Largest request body that a door reads, in bytes."""
    max_inventory_bytes: int = 256 * 1024 * 1024
    """Largest inventory, in bytes; a million components have about 200 MB."""
    max_scan_bytes: int = 256 * 1024 * 1024
    """Largest scan as it is sent, in bytes; 100,000 results of CodeQL have about 200 MB, packed a tenth of it."""
    dns_over_https: str = "https://cloudflare-dns.com/dns-query"
    """Resolver (JSON form of DNS over HTTPS) that operators' proofs of control are looked up with."""
    smtp_url: str = ""
    """Mail server: ``smtp://user:password@host:587`` (STARTTLS), ``smtps://`` or, on this machine, ``smtp+plain://``."""
    mail_from: str = ""
    """Address that mail comes from; without it and ``smtp_url`` mail is made as files."""
    github_token: str = ""
    """Token that reports to GitHub's private vulnerability reporting; without it reports are made as files."""
    github_api: str = "https://api.github.com"
    """Address of GitHub's REST API."""
    oidc_issuer: str = ""
    """OpenID Connect issuer for people's sign-in; empty turns it off."""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""

    @property
    def secret_key(self) -> str:
        """Django's secret key: made on first use, kept in ``data_dir/secret-key`` with mode 0600."""
        path = self.data_dir / "secret-key"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        key = secrets.token_urlsafe(64)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
        return key


def load(environment: dict[str, str] | None = None) -> Config:
    """Read the settings.

    Args:
        environment: Variables to read instead of ``os.environ``.

    Raises:
        ConfigError: An unknown key, or a value that does not fit.
    """
    env = dict(os.environ if environment is None else environment)
    values: dict[str, Any] = {}
    data_dir = Path(env.get("SEAWALL_DATA_DIR", str(Config.data_dir)))
    path = Path(env.get("SEAWALL_CONFIG", str(data_dir / "seawall.toml")))
    if path.is_file():
        try:
            values.update(tomllib.loads(path.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from error
    known = {field.name: field for field in fields(Config)}
    for key in values:
        if key not in known:
            raise ConfigError(f"{path}: unknown setting {key!r}; known are {', '.join(sorted(known))}")
    for name in known:
        variable = f"SEAWALL_{name.upper()}"
        if variable in env:
            values[name] = env[variable]
    return Config(**{name: _coerce(name, known[name].type, value) for name, value in values.items()})


def _coerce(name: str, wanted: Any, value: Any) -> Any:
    if wanted is Path:
        return Path(str(value))
    if wanted is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
            return str(value).lower() in {"1", "true", "yes", "on"}
        raise ConfigError(f"setting {name}: {value!r} is neither true nor false")
    if wanted is int:
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"setting {name}: {value!r} is not a whole number") from error
    choices = get_args(wanted)
    if choices and value not in choices:
        raise ConfigError(f"setting {name}: {value!r} is not one of {', '.join(choices)}")
    return str(value)
