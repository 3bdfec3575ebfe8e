"""What can go wrong with a request for text, with the names that text-generation-inference gives."""

from tenfold_runtime.errors import RequestError, TooSlow


class ValidationFailed(RequestError):
    """A field cannot be used."""

    status = 422
    error_type = "validation"


class TemplateFailed(RequestError):
    """The model has no chat template, or it refuses these messages."""

    status = 422
    error_type = "template_error"


class GenerationFailed(RequestError):
    """The network failed on this request."""

    status = 500
    error_type = "generation"


def told(error: Exception, timeout: float) -> RequestError:
    """Give the error that a caller is told who waits for a text; timeout: in seconds, how long."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, TimeoutError):
        return TooSlow.after(timeout)
    return GenerationFailed("Request failed during generation")
