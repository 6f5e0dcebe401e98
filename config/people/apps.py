from importlib import import_module

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "config.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        import_module("config.people.receivers")
