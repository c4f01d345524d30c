"""YouTube: consent, uploads, read-back and statistics."""
