from tests.newsroom import clip, connect, make_mp4, newsroom, sandbox, sandbox_server, youtube

__all__ = ["clip", "connect", "make_mp4", "newsroom", "sandbox", "sandbox_server", "youtube"]
