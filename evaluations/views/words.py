"""What the pages of runs say for words of the code."""

ERRORS = {
    "retryable": "The provider failed",
    "outage": "The provider is not answering",
    "rate_limited": "The provider asked us to slow down",
    "permanent": "The provider refused the call",
    "unauthorized": "The provider does not accept our key or account",
    "gone": "The provider no longer has this model",
    "crash": "The worker died while calling",
    "budget": "The budget was spent",
    "absent": "It was never pushed",
    "refusal": "The model refused to answer",
    "malformed": "The model's reply could not be read",
    "too_long": "The model's answer was too long",
    "model": "The model failed",
    "infrastructure": "Something between us and the model failed",
}


def error_words(name: str) -> str:
    """A class of error as a sentence without its full stop."""
    return ERRORS.get(name, name.replace("_", " ").capitalize())
