"""What each method of the routes of discoveries needs, in the form of tests/routes.py."""

DISCOVERIES = """
capabilities:discovery-list           GET=read
capabilities:discovery-new            GET=write_facts POST=write_facts
capabilities:discovery-detail         GET=read
capabilities:discovery-note           POST=write_facts
capabilities:discovery-dismiss        POST=write_facts
capabilities:discovery-reopen         POST=write_facts
capabilities:discovery-move           POST=write_facts
capabilities:discovery-tries          GET=write_facts POST=write_facts
capabilities:discovery-judge          GET=write_facts POST=write_facts
capabilities:discovery-measures       GET=write_facts POST=write_facts
capabilities:discovery-package        GET=write_requirements POST=write_requirements
capabilities:discovery-retry          POST=write_facts
api-discovery-list                    GET=read POST=write:write_facts
api-discovery-detail                  GET=read
api-discovery-dismiss                 POST=write:write_facts
api-discovery-reopen                  POST=write:write_facts
api-discovery-note                    POST=write:write_facts
"""
