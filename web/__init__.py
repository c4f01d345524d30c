"""The HTTP door: consents that come back, postbacks of the shop, health."""
