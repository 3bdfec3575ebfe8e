"""The backend of a cluster: routes come from InferenceModels and EndpointSlices, and waking is a scale."""
