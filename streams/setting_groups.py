"""The settings by concern, in the order in which they are told: streams.settings makes one class of them. The
text below a field is what docs/settings.md tells of it.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from streams.setting_forms import (
    Directory,
    Host,
    HostPorts,
    Keys,
    Mechanism,
    OptionalPath,
    OptionalPrefix,
    OptionalSecret,
    OptionalText,
    OwnUrl,
    Prefix,
    RegistryUrl,
    Secret,
)

MEBIBYTE = 1024 * 1024
TEBIBYTE = MEBIBYTE * MEBIBYTE
# What Kafka can be told as `max.message.bytes`, a signed int: no record is larger.
_LARGEST_RECORD_BYTES = 2**31 - 1


class Contract(BaseSettings):
    """Names and defaults are CONTRACT.md's, but for `source_prefix`."""

    bootstrap_servers: HostPorts = "127.0.0.1:9092"
    """Where to find the brokers: host:port, several separated by commas."""

    topic_prefix: Prefix = ""
    """Goes before every topic name and the consumer group."""

    source_prefix: OptionalPrefix = None
    """Goes before the names of the sources instead: a deployment beside another one reads what that reads.
    Set to nothing, they have no prefix; by default they have the same as all."""

    data_dir: Directory = Path(".link-status-data")
    """Where the state is kept. One worker at a time."""

    web_host: Host = "127.0.0.1"
    """The address on which the web is served. Any but a loopback address needs authentication."""

    web_port: int = Field(6066, ge=0, le=65535)
    """The port of the same; 0 takes any that is free."""

    processing_guarantee: Literal["exactly_once", "at_least_once"] = "exactly_once"
    """Whether outputs, state and offsets of a batch are one transaction, or may be repeated after a crash."""

    max_record_bytes: int = Field(262_144, ge=1, le=_LARGEST_RECORD_BYTES)
    """The largest value of an input record in bytes; a larger one is dead-lettered."""


class Brokers(BaseSettings):
    """How brokers, and a schema registry, are reached."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How the brokers are spoken to: encrypted or not, with a name and password or not (docs/security.md)."""

    sasl_mechanism: Mechanism = None
    """How name and password are proved."""

    sasl_username: OptionalText = None
    """The name by which the brokers know link status."""

    sasl_password: OptionalSecret = None
    """Its password."""

    sasl_password_file: OptionalPath = None
    """Instead of it, a file with the password in its first line."""

    ssl_cafile: OptionalPath = None
    """The certificates (PEM) of those who sign the brokers' certificates; by default the system's."""

    ssl_certfile: OptionalPath = None
    """The certificate (PEM, with those in between) by which the brokers know link status."""

    ssl_keyfile: OptionalPath = None
    """Its key (PEM); by default it is in the same file."""

    ssl_key_password: OptionalSecret = None
    """The password of the key, if it has one."""

    schema_registry_url: RegistryUrl = ""
    """Where the schemas of the sinks are registered, as in http://user:password@host:8081; their values then
    carry the registry's frame. Empty: no registry, and plain JSON."""


class Work(BaseSettings):
    """How much is done, and kept in memory, at a time."""

    dead_letter_limit: float = Field(0.5, ge=0, le=1)
    """The share of a topic's records of a minute above which, as dead letters, no more input is taken; 1 is
    never."""

    dead_letter_minimum: int = Field(100, ge=1, le=1_000_000_000)
    """How many dead letters of a topic there must be within a minute for that."""

    batch_max_records: int = Field(5_000, ge=1, le=1_000_000)
    """The most records of a partition that are processed at a time."""

    batch_interval_ms: int = Field(0, ge=0, le=10_000)
    """Milliseconds from one batch of a step's partition to its next, unless there is a lot to do. With 0 each
    record is processed as it comes, which keeps broker and worker busy with commits; a tenth of a second or
    more spares both, folds what came meanwhile together, and tells it later by as much.
    """

    commit_interval_ms: int = Field(200, ge=1, le=60_000)
    """Milliseconds between commits of state and offsets, at least once: outputs are published at once, and a
    crash repeats those of as long.
    """

    commit_max_writes: int = Field(5_000, ge=1, le=10_000_000)
    """The most changed entries of a partition's state that wait in memory for that commit or, exactly once,
    for the database on disk: with as many they are written at once. What changes again meanwhile is written
    once.
    """

    compression_type: Literal["zstd", "lz4", "none"] = "zstd"
    """How what is written to Kafka is compressed: zstd makes it half as large as lz4, lz4 takes half of its
    CPU (a twentieth of all), none takes none. A record of more than 1 MiB is always compressed by zstd: it
    came compressed, and has to fit again.
    """

    state_cache_objects: int = Field(120_000, ge=0, le=1_000_000_000)
    """How many decoded objects are kept in memory, over all tables."""

    block_cache_bytes: int = Field(16 * MEBIBYTE, ge=MEBIBYTE, le=TEBIBYTE)
    """The block cache that all RocksDB databases share, in bytes: room for the indexes and filters of one
    partition (2 bytes an entry) is what counts.
    """

    write_buffer_bytes: int = Field(64 * MEBIBYTE, ge=MEBIBYTE, le=TEBIBYTE)
    """The memory for writes that all RocksDB databases share, in bytes."""


class Web(BaseSettings):
    """Who is let in, and how many."""

    web_url: OwnUrl = None
    """Where the other workers reach this one's web; by default its host (name) and port."""

    web_max_connections: int = Field(10_000, ge=1, le=1_000_000)
    """The most connections at a time."""

    web_max_streams: int = Field(5_000, ge=1, le=1_000_000)
    """The most event streams among them. One that is passed on to another worker counts there."""

    auth_jwks: Keys = None
    """The public keys that tokens are checked with: a JWKS file, or its URL."""

    auth_secret: Secret = None
    """Instead of these, a secret that is shared with the issuer of tokens: at least 32 bytes."""

    auth_issuer: OptionalText = None
    """The issuer (`iss`) that tokens must name."""

    auth_audience: OptionalText = None
    """The audience (`aud`) that tokens must name."""
