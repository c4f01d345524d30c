"""The Telegram door: its token, and who may speak through it."""

from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class TelegramSettings(BaseSettings):
    """The bot and its allow-list. With no token there is no Telegram door; with no owner it refuses to start."""

    model_config = SettingsConfigDict(env_prefix="TELEGRAM_", extra="ignore")

    bot_token: SecretStr = SecretStr("")
    """The token @BotFather gave; empty means no Telegram."""
    owner_ids: Annotated[tuple[int, ...], NoDecode] = ()
    """User ids (numbers, from @userinfobot for instance) of the owners, separated by spaces or commas. Nobody else is answered."""
    base_url: str = "https://api.telegram.org/bot"
    """Root of the Bot API; a local Bot API server lifts the file limits."""
    base_file_url: str = "https://api.telegram.org/file/bot"
    """Root of file downloads."""
    download_limit_mb: int = Field(default=20, ge=1)
    """Largest file the Bot API gives us: 20 MB in Telegram's cloud, 2000 on a local server."""
    upload_limit_mb: int = Field(default=50, ge=1)
    """Largest file we may send: 50 MB in Telegram's cloud, 2000 on a local server."""
    poll_s: int = Field(default=25, ge=0, le=50)
    """How long one long poll waits, in seconds."""
    chat_gap_s: float = Field(default=1.0, ge=0)
    """Pause between two messages to one chat; Telegram allows about one a second."""
    edit_gap_s: float = Field(default=2.0, ge=0)
    """Pause between two edits of one status line: faster ones end in long bans."""

    @field_validator("owner_ids", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(int(part) for part in value.replace(",", " ").split()) if isinstance(value, str) else value

    @property
    def is_configured(self) -> bool:
        return bool(self.bot_token.get_secret_value())
