"""The model a run thinks with: any OpenAI-compatible endpoint, or the offline planner."""

from langchain_core.language_models import BaseChatModel

from agents.settings import ModelSettings


def make_model(settings: ModelSettings) -> BaseChatModel:
    """The chat model of these settings. Retries are ours (`agents.caller`), so that they are counted and can be stopped."""
    if settings.is_offline:
        from agents.offline import OfflinePlanner

        return OfflinePlanner()
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model=settings.name,
        base_url=settings.base_url or None,
        api_key=SecretStr(settings.api_key or "none"),
        timeout=settings.timeout_s,
        max_retries=0,
        max_completion_tokens=settings.max_output_tokens,
        stream_usage=True,
    )
