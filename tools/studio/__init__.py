"""What is made rather than cut: voices now, music and pictures later. Nothing is imported here."""
