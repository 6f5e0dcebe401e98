from django.apps import AppConfig


class CapabilitiesConfig(AppConfig):
    name = "capabilities"
    verbose_name = "Capabilities"

    def ready(self) -> None:
        from capabilities import receivers  # noqa: F401
