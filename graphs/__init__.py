"""How a run flows: state, nodes, the gate, asking, waiting, resuming."""
