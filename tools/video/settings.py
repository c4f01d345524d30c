"""What making videos costs and how they are written."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class VideoSettings(BaseSettings):
    """Prices and quality of the video workers."""

    model_config = SettingsConfigDict(env_prefix="VIDEO_", extra="ignore")

    compute_minor_per_hour: float = 12.0
    """Price of one hour of a video worker in minor units (cents); booked per production, rounded up to whole cents."""
    preset: str = "final"
    """`final` writes 1080x1920; `quick` writes 360x640 for tests and first looks."""
    min_s: float = 15.0
    """Shortest clip in seconds where the request names no length."""
    max_s: float = 60.0
    """Longest clip in seconds where the request names no length."""
