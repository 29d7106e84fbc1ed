"""The catalogue as open data in the Human Services Data Specification (HSDS) 3.0; docs/open_data.md tells the mapping.

Everything is made of the published versions' pages, which hold no draft and no confidential place.
"""
