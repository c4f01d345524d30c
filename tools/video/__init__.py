"""Video: analysis of a source, choice of moments, the edit as data, one render pass, inspection of the result."""
