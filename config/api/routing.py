from rest_framework.routers import SimpleRouter


def router() -> SimpleRouter:
    """A router whose lookups take anything but a slash, because names of versions contain dots."""
    return SimpleRouter(use_regex_path=False)
