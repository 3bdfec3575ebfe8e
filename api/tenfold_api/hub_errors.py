"""What a hub's refusal means for a model, in huggingface_hub's terms. Needs the package `huggingface-hub`."""

from tenfold_api.progress import Failure


def refusal(repo: str, error: Exception) -> Failure | None:
    """Say why the repository can never be had; None where another try may fare better."""
    from huggingface_hub import errors

    match error:
        case errors.GatedRepoError():
            return _failure(403, "Unauthorized", f"{repo} is gated: the hub wants a token with access")
        case errors.RepositoryNotFoundError():
            message = f"{repo} is not on the hub, or is private and the token does not allow it"
            return _failure(404, "ModelNotFound", message)
        case errors.RevisionNotFoundError():
            return _failure(404, "RevisionNotFound", f"{repo} has no such revision on the hub")
    return None


def passing() -> tuple[type[Exception], ...]:
    """Give the errors of a hub that does not answer, or not as it should."""
    from huggingface_hub import errors

    return (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError)


def _failure(status: int, reason: str, message: str) -> Failure:
    return Failure(status=status, reason=reason, message=message)
