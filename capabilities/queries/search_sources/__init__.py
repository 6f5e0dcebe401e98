"""What is searched: one file a source, and the order of this list is that of the page's facets."""

from capabilities.queries.search_sources.cases import CASES
from capabilities.queries.search_sources.comments import COMMENTS
from capabilities.queries.search_sources.discoveries import DISCOVERIES
from capabilities.queries.search_sources.names import NAMES
from capabilities.queries.search_sources.problems import PROBLEMS
from capabilities.queries.search_sources.requirements import REQUIREMENTS
from capabilities.queries.search_sources.source import Source

SOURCES: tuple[Source, ...] = (REQUIREMENTS, COMMENTS, DISCOVERIES, CASES, *NAMES, PROBLEMS)

__all__ = ["SOURCES", "Source"]
