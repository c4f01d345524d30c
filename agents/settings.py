"""Which model thinks, what it may cost, and how long it may take."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ModelSettings(BaseSettings):
    """Any OpenAI-compatible endpoint. With no key and no address, the offline planner stands in."""

    model_config = SettingsConfigDict(env_prefix="MODEL_", extra="ignore", protected_namespaces=())

    api_key: str = ""
    """Key of the endpoint; local servers usually need none."""
    base_url: str = ""
    """Address of an OpenAI-compatible endpoint, up to and including `/v1`; empty means OpenAI's own."""
    name: str = "gpt-5-mini"
    """The model's name at that endpoint."""
    input_price_per_million: float = 0.25
    """Price of a million input tokens in the workspace's currency. Set it to what your endpoint charges; 0 for a local model."""
    output_price_per_million: float = 2.0
    """Price of a million output tokens."""
    timeout_s: float = 60.0
    """Limit of one call in seconds."""
    max_tries: int = 4
    """How often a call is tried when the endpoint is busy or out of reach."""
    max_output_tokens: int = 1500
    """Limit of one answer."""

    @property
    def is_offline(self) -> bool:
        return not self.api_key and not self.base_url
