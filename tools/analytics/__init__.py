"""What posts did: measuring them, and reading the numbers."""
