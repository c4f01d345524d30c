"""Accounts, uploads and posts. One folder per platform; the tools of the agents are in `tools.py`."""
