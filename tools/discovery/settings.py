"""Which sources are looked at, and how patient and how careful we are with them."""

from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class DiscoverySettings(BaseSettings):
    """Sources of ideas. With nothing set, Hacker News alone."""

    model_config = SettingsConfigDict(env_prefix="DISCOVERY_", extra="ignore", frozen=True)

    feeds: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses of RSS or Atom feeds, separated by spaces or commas."""
    hn_url: str = "https://hacker-news.firebaseio.com"
    """Where the Hacker News API answers; empty leaves Hacker News out."""
    hn_top: int = Field(default=40, ge=0, le=500)
    """How many of the top stories are observed at each look."""
    hn_new: int = Field(default=0, ge=0, le=500)
    """How many of the newest stories are observed as well."""
    concurrency: int = Field(default=50, ge=1, le=500)
    """How many requests are under way at once."""
    timeout_s: float = Field(default=15.0, gt=0)
    """How long one request may take from first to last byte, redirects included."""
    max_bytes: int = Field(default=2_000_000, ge=1_000)
    """How large one answer may be after decompression."""
    max_redirects: int = Field(default=3, ge=0, le=10)
    """How many redirects are followed before a source counts as broken."""
    max_items: int = Field(default=200, ge=1)
    """How many items of one feed are read; feeds have the newest first."""
    window_h: float = Field(default=72.0, gt=0)
    """Only what was observed within this many hours becomes an idea."""
    user_agent: str = "ViralForge/0.1 (feed reader; conditional requests)"
    """How we introduce ourselves; add a contact address where a source asks for one."""

    @field_validator("feeds", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("feeds")
    @classmethod
    def _only_http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")) or len(url) > 500:
                raise ValueError(f"{url[:80]!r} must start with http:// or https:// and have at most 500 characters")
        return tuple(dict.fromkeys(value))

    @field_validator("hn_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must be empty, or start with http:// or https://")
        return value.rstrip("/")
