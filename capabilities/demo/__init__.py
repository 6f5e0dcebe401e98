"""The demo: a product, its rivals, labelled cases and runs that really run. Nothing here states a result."""

from capabilities.demo.discoveries import conclude_discoveries
from capabilities.demo.loading import load_demo
from capabilities.demo.problems import conclude_problems

__all__ = ["conclude_discoveries", "conclude_problems", "load_demo"]
