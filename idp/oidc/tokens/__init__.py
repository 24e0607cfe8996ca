"""From codes to tokens, and whatever is asked about tokens afterwards."""
