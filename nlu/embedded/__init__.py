"""The in-process engine: TF-IDF features, a linear classifier, calibrated scores, models that are plain arrays."""
