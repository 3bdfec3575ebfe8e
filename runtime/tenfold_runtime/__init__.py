"""One model: made fast, kept in an artifact cache, served over HTTP."""
