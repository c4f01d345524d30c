"""What publishing needs to know: the OAuth client, where the platform listens, and its limits as a table."""

from dataclasses import dataclass

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_KIB = 1024
CHUNK_UNIT_BYTES = 256 * _KIB
"""YouTube takes chunks in multiples of this, except the last one (resumable upload protocol)."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where one account's platform listens. Addresses without a slash at the end."""

    authorize: str
    token: str
    revoke: str
    data: str
    upload: str
    analytics: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform accepts. Platforms change these, so they are a table and never a constant in the logic."""

    title_chars: int
    description_bytes: int
    forbidden: str
    offers_per_post: int


LIMITS: dict[str, Limits] = {
    # YouTube Data API v3, videos resource: snippet.title and snippet.description.
    "youtube": Limits(title_chars=100, description_bytes=5000, forbidden="<>", offers_per_post=3),
}


class YouTubeSettings(BaseSettings):
    """The Google OAuth client and the addresses of YouTube."""

    model_config = SettingsConfigDict(env_prefix="YOUTUBE_", extra="ignore")

    client_id: str = ""
    """OAuth client of type desktop or web from the Google Cloud console; empty means YouTube cannot be connected."""
    client_secret: SecretStr = SecretStr("")
    """The secret of that client."""
    auth_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    """The consent page."""
    token_url: str = "https://oauth2.googleapis.com/token"
    """Where codes and refresh tokens are exchanged."""
    revoke_url: str = "https://oauth2.googleapis.com/revoke"
    """Where a grant is given back."""
    data_url: str = "https://youtube.googleapis.com"
    """Root of the Data API."""
    upload_url: str = "https://www.googleapis.com/upload"
    """Root of the upload API."""
    analytics_url: str = "https://youtubeanalytics.googleapis.com"
    """Root of the Analytics API."""
    chunk_bytes: int = Field(default=8 * _KIB * _KIB, ge=CHUNK_UNIT_BYTES, multiple_of=CHUNK_UNIT_BYTES)
    """Size of an upload chunk; a multiple of 256 KiB. On a 20 ms link 8 MiB costs 2.6 s per GiB in round trips, 256 KiB costs 82 s."""
    timeout_s: float = Field(default=60.0, gt=0)
    """Longest silence of the network before a call counts as broken, in seconds."""
    retries: int = Field(default=5, ge=0)
    """How often in a row a chunk may fail before the job is given back to the queue."""
    backoff_s: float = Field(default=1.0, gt=0)
    """First pause after a broken chunk, in seconds; it doubles each time, up to 32 s."""
    poll_s: float = Field(default=5.0, gt=0)
    """Pause between two looks at a video that is being processed, in seconds."""
    processing_wait_s: float = Field(default=300.0, ge=0)
    """How long a job waits for processing before it reports what is known so far, in seconds."""
    listing_settles_s: float = Field(default=3600.0, ge=0)
    """After this long a finished upload is surely in the channel's list, so its absence proves that it never finished, in seconds."""

    def at(self, base_url: str = "") -> Endpoints:
        """The endpoints of an account: the settings' own, or those of a server that serves all of them (the sandbox)."""
        if not base_url:
            return Endpoints(self.auth_url, self.token_url, self.revoke_url, self.data_url, self.upload_url, self.analytics_url)
        base = base_url.rstrip("/")
        return Endpoints(f"{base}/o/oauth2/v2/auth", f"{base}/token", f"{base}/revoke", base, f"{base}/upload", base)
