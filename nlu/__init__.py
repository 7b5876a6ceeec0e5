"""Text to Understanding: training data, engines, entities, evaluation. Knows nothing of storage or channels."""
