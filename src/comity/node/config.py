"""A node's settings: `comity.toml` in the node's folder, overridden by `COMITY_*` in the environment."""

from __future__ import annotations

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from comity.kernel.errors import ConfigurationError

DEFAULT_HOME = Path("var/node")


def home_from_environment() -> Path:
    return Path(os.environ.get("COMITY_HOME") or DEFAULT_HOME).absolute()


class Settings(BaseSettings):
    """Everything that an operator may set. Each name is documented in `docs/operate/settings.md`."""

    model_config = SettingsConfigDict(env_prefix="COMITY_", extra="forbid")

    home: Path = Field(default_factory=home_from_environment, description="The node's folder.")
    database_url: str = Field(default="", description="sqlite:///PATH or postgresql://…; empty: SQLite in the folder.")
    party: str = Field(default="", description="ST.3 code of the party that this node acts for.")
    name: str = Field(default="", description="Name of the office, shown in the bar of every page.")
    origin: str = Field(default="", description="Identity of this node's journal: a schema-less URL prefix.")
    offices: list[str] = Field(default_factory=list, description="ST.3 codes of the offices whose registers it keeps.")
    parties: list[str] = Field(
        default_factory=lambda: ["BY", "RU"], description="ST.3 codes of the agreement's parties."
    )
    url: str = Field(default="", description="Address at which partners reach this node; empty: not reachable.")
    partner_ca_file: Path | None = Field(
        default=None, description="Certificates that partners' own may lead to, besides public authorities."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8001, ge=1, le=65535, description="Port to listen on.")
    allowed_hosts: list[str] = Field(default_factory=list, description="Host names that the web server answers to.")
    language: str = Field(default="en", pattern="^(en|ru|be)$", description="Language of a reader who chose none.")
    time_zone: str = Field(default="Europe/Minsk", description="Time zone of the pages; journals are in UTC.")
    fictional: bool = Field(default=False, description="The node holds demonstration data; every page says so.")
    secure: bool = Field(default=False, description="The node is served over HTTPS: secure cookies and HSTS.")
    secret_key: str = Field(default="", repr=False, description="Django's secret; empty: kept in the folder's keys.")
    key_passphrase_file: Path | None = Field(
        default=None,
        description="File with the passphrase of encrypted keys, such as a service manager's credential.",
    )
    pq_cosignatures: bool = Field(default=False, description="Witness and mirror cosign with ML-DSA-44 as well.")
    algorithms: list[str] = Field(default_factory=list, description="Adapters of national algorithms: gost.")
    batch_entries: int = Field(default=256, ge=1, le=8192, description="Pending entries that start a sequencing.")
    batch_seconds: float = Field(default=0.2, gt=0, le=60, description="Least seconds between two checkpoints.")
    poll_seconds: float = Field(
        default=1.0, gt=0, le=3600, description="Pause between looks at a partner without notices."
    )
    retry_seconds: float = Field(default=300, ge=1, le=86_400, description="Longest pause after failed pulls.")
    upload_mib: int = Field(default=512, ge=1, description="Largest file that the import page takes, in MiB.")
    alarm_pending_seconds: float = Field(default=60, gt=0, description="Longest wait to be signed before an alarm.")
    alarm_partner_seconds: float = Field(default=900, gt=0, description="Longest silence of a partner before an alarm.")
    alarm_jobs_seconds: float = Field(default=600, gt=0, description="Longest wait of a job before an alarm.")
    alarm_disk_mib: int = Field(default=1024, ge=0, description="Free disk below which there is an alarm, in MiB.")
    log_format: str = Field(default="text", pattern="^(text|json)$", description="Lines for people, or JSON.")
    file_mib: int = Field(default=8192, ge=1, description="Largest file that is taken from a partner, in MiB.")
    files_quota_mib: int = Field(default=102_400, ge=1, description="Room for the files of one partner, in MiB.")
    memory_folder: Path = Field(
        default=Path("/dev/shm"),  # noqa: S108 -- what is in it is believed only where nobody else can have written it
        description="Where the machine remembers what was signed, outside of the node's folder and of every backup.",
    )
    proxies: int = Field(
        default=0,
        ge=0,
        le=9,
        description="Servers in front that add to X-Forwarded-For: whose word for addresses counts.",
    )
    oidc_issuer: str = Field(
        default="", description="Identity provider: its issuer, as its tokens name it; empty: none."
    )
    oidc_client_id: str = Field(default="", description="What the identity provider calls this node.")
    oidc_secret_file: Path | None = Field(default=None, description="File with the secret shared with the provider.")
    oidc_name: str = Field(default="", max_length=40, description="Name of the identity provider on the sign-in page.")
    oidc_ca_file: Path | None = Field(default=None, description="Certificates that the provider's own must lead to.")
    oidc_claim: str = Field(default="groups", description="Claim that may open an account.")
    oidc_values: list[str] = Field(
        default_factory=list, description="Values of the claim that open an account; empty: only the operator does."
    )
    audit_days: int = Field(default=1826, ge=30, description="Days after which the audit trail forgets an event.")
    terms_file: Path | None = Field(default=None, description="A table of terms that replaces the shipped one.")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, issuer: str) -> str:
        """Tokens that came over a line without TLS prove nothing; the machine itself is the exception."""
        parts = urlsplit(issuer)
        if issuer and parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "localhost"):
            raise ValueError("an identity provider is reached over https")
        return issuer

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=home_from_environment() / "comity.toml")
        return init_settings, env_settings, toml

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'comity.sqlite3'}"


@lru_cache(maxsize=1)
def load() -> Settings:
    """The settings, read once. Raises ConfigurationError that names what cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    except (tomllib.TOMLDecodeError, SettingsError) as error:
        wrong = str(error)
    raise ConfigurationError(
        f"The settings cannot be used: {wrong}.",
        place=str(home_from_environment() / "comity.toml"),
        remedy="Correct the file, or the variable COMITY_… that stands above it.",
    )
