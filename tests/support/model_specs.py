"""Specs of InferenceModels that a server must accept, refuse, or not let one become of another."""

HUB = {"source": {"hub": {"repo": "org/model"}}}
FOLDER = {"modelId": "mine", "source": {"path": "models/mine"}}

VALID = [
    HUB,
    FOLDER,
    {**FOLDER, "source": {"uri": "s3://bucket/folder"}},
    {**FOLDER, "source": {"pvc": {"claimName": "weights"}}},
    {**HUB, "engine": "custom", "image": "vllm/vllm-openai:v1"},
    {**HUB, "autoscaling": {"minReplicas": 0, "maxReplicas": 8}},
    {**HUB, "limits": {"maxBodyBytes": 1_000_000}},
    {**HUB, "podTemplate": {"spec": {"hostNetwork": True}}, "env": [{"name": "A", "value": "b"}]},
]

# What is wrong, in the words of a JSON schema's validator, and in those of a Kubernetes API server.
INVALID = [
    ({}, "source", "spec.source: Required value"),
    (
        {"modelId": "mine", "source": {}},
        "exactly one of hub, path, pvc and uri",
        "spec.source: Invalid value: must have exactly one of hub, path, pvc and uri",
    ),
    (
        {"modelId": "mine", "source": {"path": "x", "uri": "s3://b/f"}},
        "exactly one of hub, path, pvc and uri",
        "spec.source: Invalid value: must have exactly one of hub, path, pvc and uri",
    ),
    (
        {"source": {"path": "x"}},
        "modelId is required unless source.hub.repo",
        "spec: Invalid value: modelId is required unless source.hub.repo names the model",
    ),
    ({**HUB, "modelId": "a/b/c"}, "does not match", "spec.modelId in body should match"),
    ({**HUB, "modelId": "a" * 201}, "is too long", "spec.modelId: Too long: may not be more than 200"),
    (
        {**HUB, "engine": "custom"},
        "engine custom needs an image",
        "spec: Invalid value: engine custom needs an image",
    ),
    ({**HUB, "engine": "tensorrt"}, "is not one of", 'spec.engine: Unsupported value: "tensorrt"'),
    ({**HUB, "task": "text-to-video"}, "is not one of", 'spec.task: Unsupported value: "text-to-video"'),
    (
        {**HUB, "autoscaling": {"minReplicas": 3}},
        "minReplicas must be at most maxReplicas",
        "spec.autoscaling: Invalid value: minReplicas must be at most maxReplicas",
    ),
    (
        {**HUB, "autoscaling": {"minReplicas": 3, "maxReplicas": 2}},
        "minReplicas must be at most maxReplicas",
        "spec.autoscaling: Invalid value: minReplicas must be at most maxReplicas",
    ),
    (
        {**HUB, "autoscaling": {"idleAfter": "15"}},
        "does not match",
        "spec.autoscaling.idleAfter in body should match",
    ),
    ({**HUB, "replicas": -1}, "less than the minimum", "spec.replicas in body should be greater than"),
    (
        {**HUB, "optimization": {"maxDrift": 2}},
        "greater than the maximum",
        "spec.optimization.maxDrift in body should be less than",
    ),
    (
        {**HUB, "limits": {"maxBodyBytes": "1GB"}},
        "does not match",
        "spec.limits.maxBodyBytes in body should match",
    ),
    (
        {**HUB, "security": {"allowPickle": "yes"}},
        "is not of type 'boolean'",
        "spec.security.allowPickle in body must be of type boolean",
    ),
]

OTHER_IDS = [
    (FOLDER, {**FOLDER, "modelId": "other"}),
    (HUB, {"source": {"hub": {"repo": "org/other"}}}),
    (HUB, {**HUB, "modelId": "other"}),
    ({**HUB, "modelId": "other"}, HUB),
]

SAME_ID = [
    (HUB, {**HUB, "modelId": "org/model"}),
    (HUB, {"source": {"hub": {"repo": "org/model", "revision": "v2"}}}),
    (FOLDER, {**FOLDER, "source": {"hub": {"repo": "org/model"}}}),
]
