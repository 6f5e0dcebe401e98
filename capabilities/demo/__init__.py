"""The demo: a product, its rivals, labelled cases and runs that really run. Nothing here states a result."""

from capabilities.demo.loading import load_demo

__all__ = ["load_demo"]
