"""What can go wrong. The class is the policy: try again, or tell the person who wrote the resource."""


class InvalidModel(Exception):
    """An InferenceModel that cannot be understood: it was stored under an older schema, or past it."""


class ClusterError(Exception):
    """The API server did not answer, or asks to come back later. The next look tries again."""


class Refused(Exception):
    """The API server will not have an object as it is: trying again would change nothing."""


class Gone(Exception):
    """The object is there no more, or another of its name has taken its place."""


class HubUnavailable(Exception):
    """The hub did not answer, or not as it should. Trying again later may help."""
