"""Who decides: the supervisor, four specialists, and the models they think with."""
