"""The settings file: one closed YAML schema for the whole of Hygie.

Does:   reads and checks ``hygie.yaml``; every key has a default that works but the socket's.
Never:  starts with a setting it does not know, nor half a configuration.
Fails:  ``YamlError`` with file, line, column and what to do, for all problems at once.
"""

from __future__ import annotations

import re
import stat
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    field_validator,
    model_validator,
)

from hygie_detectors.limits import Limits
from hygie_milter.channels.mssante import ListedChannel
from hygie_milter.postfix.paths import INTERNAL_SUFFIX
from hygie_milter.workers.pool import WorkerSettings
from hygie_policies import shipped, yamlfile
from hygie_policies.addresses import normal_domain, parse
from hygie_policies.model import Channel, Contact, Context
from hygie_policies.yamlfile import Said

BUILT_IN_LISTS: Final = ("care-units",)
"""Lists that the shipped policies name; empty until the settings fill them."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Endpoint(_Closed):
    """Where Postfix reaches the milter."""

    socket: str
    """``unix:/path`` or ``inet:port@host``. Prefer unix: Postfix's ``inet:`` costs 40 ms a message."""
    socket_group: str = "postfix"
    """Group of the unix socket, which has mode 0660."""
    failure_action: Literal["tempfail", "reject", "hold"] = "tempfail"
    """What a message gets when Hygie cannot decide: never a silent pass."""
    soft_seconds: float = Field(default=20.0, gt=0)
    """When an inspection is cut and the rest of the message is unread."""
    hard_seconds: float = Field(default=45.0, gt=0)
    """When the failure action is given. Below Postfix's content_timeout (300 s)."""
    drain_seconds: float = Field(default=20.0, ge=0)
    """How long messages in progress may take when Hygie stops."""

    @field_validator("socket")
    @classmethod
    def _known_form(cls, value: str) -> str:
        if re.fullmatch(r"unix:/.+|inet:\d{1,5}@[\w.\[\]:-]+", value) is None:
            raise Said(
                "unix:/chemin/absolu ou inet:port@hôte est attendu",
                "expected unix:/absolute/path or inet:port@host",
            )
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.hard_seconds <= self.soft_seconds:
            raise Said(
                "hard_seconds doit dépasser soft_seconds", "hard_seconds must be greater than soft_seconds"
            )
        return self

    @property
    def unix_path(self) -> Path | None:
        """The socket's path, None for a TCP socket."""
        return Path(self.socket.removeprefix("unix:")) if self.socket.startswith("unix:") else None


class Organisation(_Closed):
    """Who we are: mail between our own domains stays inside."""

    domains: tuple[str, ...] = ()

    @field_validator("domains")
    @classmethod
    def _normal(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_domain, value))


class PolicySource(_Closed):
    """Where the policies are."""

    folder: Path | None = None
    """A folder of ``*.yaml``; absent, the policies that Hygie ships."""


class ChannelSettings(_Closed):
    """One secure channel."""

    domains: tuple[str, ...] = ()
    """Exact recipient domains it takes."""
    domains_file: Path | None = None
    """More of them, one a line; ``#`` starts a comment."""
    addresses: dict[str, str] = Field(default_factory=dict)
    """Ordinary address → the secure mailbox of the same person."""
    postfix_domain: str = "mssante" + INTERNAL_SUFFIX
    """The domain whose transport_maps entry is this channel."""

    @field_validator("domains")
    @classmethod
    def _normal(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_domain, value))

    @field_validator("addresses")
    @classmethod
    def _whole(cls, value: dict[str, str]) -> dict[str, str]:
        for address in (*value, *value.values()):
            if not parse(address).plain:
                raise Said(
                    "une adresse de la forme nom@domaine est attendue des deux côtés",
                    "expected addresses of the form name@domain on both sides",
                )
        return value

    @field_validator("postfix_domain")
    @classmethod
    def _ours(cls, value: str) -> str:
        if not value.endswith(INTERNAL_SUFFIX):
            raise Said(
                f"un domaine sous {INTERNAL_SUFFIX} est attendu, qui n'existe pas au dehors",
                f"expected a domain below {INTERNAL_SUFFIX}, which never resolves outside",
            )
        return value

    def channel(self, name: str) -> ListedChannel:
        """Return the channel itself; raises ``OSError`` or ``UnicodeError`` when its file cannot be read."""
        domains = set(self.domains)
        if self.domains_file is not None:
            lines = self.domains_file.read_text(encoding="utf-8").splitlines()
            domains |= {normal_domain(line.split("#")[0].strip()) for line in lines}
        addresses = {parse(ordinary).normal: secure for ordinary, secure in self.addresses.items()}
        return ListedChannel(name, frozenset(domains - {""}), addresses, self.postfix_domain)


class Header(_Closed):
    """The header that tells the next hop what was decided."""

    trace: bool = False
    """Add it to every message that passes, not only to tagged ones."""
    key_file: Path | None = None
    """Secret with which it is signed (HMAC-SHA256); a file only Hygie can read."""

    @field_validator("key_file")
    @classmethod
    def _private(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                mode = value.stat().st_mode
            except OSError as error:
                raise Said(
                    f"ne peut être lu : {error.strerror}", f"cannot be read: {error.strerror}"
                ) from error
            if stat.S_IMODE(mode) & 0o007:
                raise Said("est lisible par tous : chmod 600", "is readable by everyone: chmod 600")
        return value


_HOST_AND_PORT: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}")


def _split(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


class Listen(_Closed):
    """Where Prometheus and the supervisor ask."""

    listen: str = "127.0.0.1:9321"

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        if _HOST_AND_PORT.fullmatch(value) is None:
            raise Said("hôte:port est attendu", "expected host:port")
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return _split(self.listen)


class ContactSettings(_Closed):
    """Whom senders may call."""

    name: str = ""
    """Such as "Équipe de sécurité"."""
    phone: str = ""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if bool(self.name) is not bool(self.phone):
            raise Said("name et phone vont ensemble", "name and phone go together")
        if not (self.name + self.phone).isprintable() or len(self.name + self.phone) > _CONTACT_MAX:
            raise Said(
                "une ligne courte est attendue pour name et phone",
                "a short line is expected for name and phone",
            )
        return self

    def value(self) -> Contact | None:
        """Return the contact, None where there is none."""
        return Contact(self.name, self.phone) if self.name else None


_CONTACT_MAX: Final = 120


class NoticeSettings(_Closed):
    """How Hygie's own letters leave."""

    smtp: str = ""
    """``host:port`` of a Postfix service without the milter, for Hygie alone; empty: no letter is sent."""
    sender: str = ""
    """The address in their From header; the envelope's sender is null."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.smtp) is not bool(self.sender):
            raise Said("smtp et sender vont ensemble", "smtp and sender go together")
        if self.smtp and _HOST_AND_PORT.fullmatch(self.smtp) is None:
            raise Said("hôte:port est attendu", "expected host:port", ("smtp",))
        if self.sender and not parse(self.sender).plain:
            raise Said(
                "une adresse de la forme nom@domaine est attendue",
                "expected an address of the form name@domain",
                ("sender",),
            )
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return _split(self.smtp)


class ApprovalSettings(_Closed):
    """How people let held messages go."""

    url: str = ""
    """Where people reach the page, ``https://…``; empty: no one but the operators releases."""
    listen: str = "127.0.0.1:9322"
    """Where ``hygie approvals serve`` answers, behind the web server that has the certificate."""
    folder: Path | None = None
    """The folder of the ledger; its key is ``<folder>.keys``. Made at the first start."""
    officer: str = ""
    """The data protection officer, for approvals by two."""
    heads: dict[str, str] = Field(default_factory=dict)
    """List, address or domain of senders → address of their head of unit; the first that fits."""
    remember_days: int = Field(default=30, ge=1, le=365)
    """How long a sender's approval for a recipient is remembered."""
    postfix: Path | None = None
    """Postfix's configuration folder; absent, its own."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.url) is not (self.folder is not None):
            raise Said("url et folder vont ensemble", "url and folder go together")
        if self.url and re.fullmatch(r"https://[\w.-]+(:\d{1,5})?(/[\w/-]*[\w-])?", self.url) is None:
            raise Said(
                "une adresse https:// sans / final est attendue",
                "expected an https:// address without / at its end",
                ("url",),
            )
        if _HOST_AND_PORT.fullmatch(self.listen) is None:
            raise Said("hôte:port est attendu", "expected host:port", ("listen",))
        for address in (*self.heads.values(), *[self.officer] * bool(self.officer)):
            if not parse(address).plain:
                raise Said(
                    "une adresse de la forme nom@domaine est attendue",
                    "expected an address of the form name@domain",
                )
        return self

    @property
    def ring_file(self) -> Path | None:
        """Where the key ring is; None without approvals."""
        return self.folder.with_name(self.folder.name + ".keys") if self.folder is not None else None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return _split(self.listen)


class JournalSettings(_Closed):
    """Where decisions are written down."""

    folder: Path | None = None
    """The folder of the daily files; absent, no journal is kept. Made at the first start."""
    key_file: Path | None = None
    """The key ring that seals lines and makes pseudonyms; absent, ``<folder>.keys`` beside the folder."""
    retention_days: int = Field(default=365, ge=1)
    """How long a day's file is kept."""

    @property
    def ring_file(self) -> Path | None:
        """Where the key ring is; None without a journal."""
        if self.folder is None:
            return None
        return self.key_file or self.folder.with_name(self.folder.name + ".keys")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        ring = self.ring_file
        if ring is not None and self.folder is not None and self.folder in ring.parents:
            raise Said(
                "key_file doit être hors du dossier du journal",
                "key_file must be outside the folder of the journal",
            )
        return self


class Recognizers(_Closed):
    """The security team's own recognizers."""

    file: Path | None = None
    """Presidio's registry format, YAML."""


class Templates(_Closed):
    """The registered blank forms."""

    file: Path = Path("/etc/hygie/templates.jsonl")
    """Written by ``hygie template`` only; it need not exist."""


def _mirror(name: str, source: type[Any], skip: frozenset[str] = frozenset()) -> type[BaseModel]:
    """Make the schema of a dataclass of named numbers, so that each is written down once."""
    shown: dict[str, Any] = {}
    defaults = source()
    for entry in fields(source):
        if entry.name not in skip:
            value = getattr(defaults, entry.name)
            kind: Any = type(value)
            rule = Field(default=value) if isinstance(value, bool | str) else Field(default=value, gt=0)
            shown[entry.name] = (kind, rule)
    return create_model(name, __base__=_Closed, **shown)


if TYPE_CHECKING:  # a type checker cannot follow a class that is made
    _LimitsModel = _Closed
    _WorkersModel = _Closed
else:
    _LimitsModel = _mirror("LimitsModel", Limits)
    _WorkersModel = _mirror("WorkersModel", WorkerSettings)


class Settings(_Closed):
    """The whole file."""

    milter: Endpoint
    organisation: Organisation = Organisation()
    policies: PolicySource = PolicySource()
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    header: Header = Header()
    recognizers: Recognizers = Recognizers()
    templates: Templates = Templates()
    metrics: Listen = Listen()
    journal: JournalSettings = JournalSettings()
    contact: ContactSettings = ContactSettings()
    notices: NoticeSettings = NoticeSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    workers: _WorkersModel = Field(default_factory=_WorkersModel)
    limits: _LimitsModel = Field(default_factory=_LimitsModel)

    @model_validator(mode="after")
    def _approvals_are_written_and_told(self) -> Self:
        if self.approvals.url and not (self.journal.folder and self.notices.smtp):
            raise Said(
                "approvals demande journal.folder et notices.smtp",
                "approvals needs journal.folder and notices.smtp",
                ("approvals",),
            )
        return self

    def limits_value(self) -> Limits:
        """Return the limits of an inspection."""
        return Limits(**self.limits.model_dump())

    def workers_value(self) -> WorkerSettings:
        """Return the settings of the pool."""
        return WorkerSettings(**self.workers.model_dump())

    @property
    def policy_folder(self) -> Path:
        """The folder of policies in force."""
        return self.policies.folder or shipped.library()

    def channels_value(self) -> dict[str, ListedChannel]:
        """Return the channels by name; raises ``OSError`` or ``UnicodeError`` on an unreadable list."""
        return {name: channel.channel(name) for name, channel in self.channels.items()}

    def context(self) -> Context:
        """Return what a decision may know; raises as :meth:`channels_value`."""
        lists = {name: frozenset[str]() for name in BUILT_IN_LISTS}
        lists |= {
            name: frozenset(parse(e).normal if "@" in e else e.lower() for e in entries)
            for name, entries in self.lists.items()
        }
        channels: dict[str, Channel] = dict(self.channels_value())
        domains = frozenset(self.organisation.domains)
        return Context(domains, lists, channels, contact=self.contact.value())


def load_settings(path: Path) -> Settings:
    """Read the settings file; raises ``hygie_policies.yamlfile.YamlError`` naming every problem."""
    return yamlfile.load(path, Settings)


def _domain(text: str) -> str:
    domain = normal_domain(text.strip())
    if not domain:
        raise Said("un domaine tel que hopital.fr est attendu", "expected a domain such as hopital.fr")
    return domain
