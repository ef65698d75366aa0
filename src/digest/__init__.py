"""One page a day of the news events that matter."""
