"""The operator: makes of every InferenceModel the workloads that serve it, and tells how they fare."""
