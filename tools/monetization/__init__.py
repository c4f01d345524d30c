"""What earns: offers and their tracked links, the shop's postbacks, income of platforms, and the sums."""
