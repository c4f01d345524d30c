"""The demonstration: the whole business played once, with the stand-ins it needs."""
