"""Models that look at images: decoded, preprocessed, batched, answered."""
