"""Proof of how the agents behave: scenarios played on the real graph and the built-in platforms, scored by what is there at the end."""
