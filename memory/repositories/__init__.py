"""Queries, one module per aggregate. Functions take a session first; they flush and never commit."""
