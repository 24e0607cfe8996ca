"""The two screens of a counter terminal: web pages on this very computer, one address for each."""
