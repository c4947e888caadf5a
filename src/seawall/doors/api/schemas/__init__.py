"""What the API says, field by field.

A view is built from a row by naming each field: a column added to a table never appears in an answer by itself.
"""
