"""The end of sessions, and telling services of it."""
