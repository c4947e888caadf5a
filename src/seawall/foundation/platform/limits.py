"""Limits that hold at every door, with unit and reason. A folder's own limits stand in that folder."""

PAGE_SIZE = 50
"""Rows of a list where the caller asks for nothing."""
PAGE_SIZE_MAX = 200
"""Rows of a list at most, so that one request stays under a few hundred milliseconds."""
IDEMPOTENCY_KEY_MAX = 200
"""Characters of an Idempotency-Key header."""
TEXT_MAX = 64 * 1024
"""Characters of a free text such as a report's description; longer evidence is a file."""
TITLE_MAX = 300
"""Characters of a title."""
