"""What the shop's postbacks are checked with."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ShopSettings(BaseSettings):
    """The affiliate shop that tells us about orders."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", extra="ignore")

    secret: SecretStr = SecretStr("")
    """Shared secret of the shop's signatures; while it is empty every postback is refused."""
    tolerance_s: int = Field(default=300, ge=1)
    """How far a signature's time may be from our clock, in seconds; more would let a recorded postback be played again."""
