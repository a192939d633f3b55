"""How one hub is set up: every setting is an environment variable that starts with HUB_."""

import os
from datetime import date
from pathlib import Path

from pydantic import Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LEAST_CONNECTIONS, MOST_CONNECTIONS = 22, 62


def usual_connections() -> int:
    """Ten connections for each core of this machine, and two: more reads at a time only slow one another down."""
    return max(LEAST_CONNECTIONS, min(2 + 10 * (os.cpu_count() or 1), MOST_CONNECTIONS))


class Settings(BaseSettings):
    """The settings of one hub process."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    database_url: str | None = Field(None, description="The owner's PostgreSQL URL, 15.14 or newer; the hub's own when absent.")
    home: Path = Field(Path(".hub"), description="The folder for the embedded database, keys and the demo's file.")
    secret: SecretStr | None = Field(
        None,
        description="What passwords and sealing keys are derived from; made and kept in HUB_HOME when absent.",
    )
    seal: SecretStr | None = Field(
        None, description="For a subgraph's process: what seals cursors and keys fingerprints, in hexadecimal digits."
    )
    sealing_keys: Path | None = Field(
        None, description="The folder of the EPAOs' sealing keys, one file each; `sealing` in HUB_HOME when absent."
    )
    sealing_make: bool | None = Field(
        None,
        description="Whether an EPAO's first sealing key is made on first need; when absent, only for the hub's own database.",
    )
    sealing_required: bool = Field(
        True, description="Whether the hub refuses to start when a key is missing under which something is sealed."
    )
    host: str = Field("127.0.0.1", description="The address to serve on.")
    port: int = Field(8000, description="The port to serve on.", ge=0, le=65535)
    issuer: str | None = Field(
        None, description="The public URL of this hub, its tokens' issuer; http://HOST:PORT when absent."
    )
    audience: str = Field("urn:epa-hub:graph", description="The audience of access tokens.")
    live: bool = Field(
        False,
        description="Whether this hub serves in earnest: it then takes no client with a secret, and no demonstration.",
    )
    issue_tokens: bool = Field(
        True, description="Whether this hub issues tokens itself; when not, only trusted issuers' are believed."
    )
    trusted_issuers: Path | None = Field(
        None, description="A JSON file of the issuers whose tokens are believed too, with their keys."
    )
    today: date | None = Field(None, description="A fixed date for tests and demonstrations; London's when absent.")
    connections: int = Field(
        default_factory=usual_connections,
        description="How many PostgreSQL connections this process may open in all; when absent ten a core and two, 22 to 62.",
        ge=LEAST_CONNECTIONS,
    )
    max_body: int = Field(1_048_576, description="The largest request body accepted, in bytes.")
    max_head: int = Field(
        32_768, description="The largest head of a request accepted, in bytes: its address and headers.", ge=1024
    )
    arrival_seconds: float = Field(20.0, description="How long a request may take to arrive whole, in seconds.", gt=0)
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        (),
        description="Networks of proxies and routers that are believed about the address a request came from, and have no"
        ' pace of their own; a JSON list such as ["10.0.0.0/8"].',
    )
    client_rate: int = Field(
        2_000, description="How many requests and operations a second one client may send to this process; 0 is no limit.", ge=0
    )
    address_rate: int = Field(
        5_000, description="How many requests a second may come from one address to this process; 0 is no limit.", ge=0
    )
    address_connections: int = Field(
        1_000, description="How many connections one address may hold open to this process; 0 is no limit.", ge=0
    )
    token_rate: int = Field(
        10, description="How many tokens a second one client, and one address, may ask of this process; 0 is no limit.", ge=0
    )
    client_sockets: int = Field(
        200, description="How many sockets one client may hold open to this process; 0 is no limit.", ge=0
    )
    client_streams: int = Field(
        2_000,
        description="How many subscriptions one client may follow in this process, by any transport; 0 is no limit.",
        ge=0,
    )
    origins: tuple[str, ...] = Field(
        (),
        description="Origins of web pages, besides the hub's own, that may open a socket; a JSON list.",
    )
    introspection: bool | None = Field(
        None,
        description="Whether the schema may be asked for over the wire; when absent, only the demonstration answers.",
    )
    get_queries: bool | None = Field(
        None,
        description="Whether queries may come by GET as well as by POST; when absent, only the demonstration takes them.",
    )
    operations: int = Field(100, description="How many operations one socket may carry at a time.", ge=1)
    cost_budget: int = Field(
        200_000,
        description="How many points of cost one client may spend at once in this process; 0 is no budget.",
        ge=0,
    )
    cost_restore: int = Field(20_000, description="How many points of its budget a client gets back each second.", ge=1)
    timeout_seconds: float = Field(
        30.0, description="How long one operation may take, in seconds; its statement is then stopped in PostgreSQL.", gt=0
    )
    relay_lag_ms: int = Field(
        10_000,
        description="How far the relay may be behind, in milliseconds, before /readyz answers 503.",
        ge=0,
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="What whoever reads /metrics shows as a Bearer, 32 characters or more; without it there is no /metrics.",
        min_length=32,
    )
    retention: dict[str, int] = Field(
        {}, description="Months by retention class where your data protection officers decide otherwise; a JSON object."
    )
    bases: dict[str, str] = Field(
        {}, description="Lawful bases by use of data where your data protection officers decide otherwise; a JSON object."
    )
    drain_seconds: int = Field(10, description="How long requests under way may take to finish when the hub stops.", ge=0)
