"""From the network to articles: fetch, guard, parse, extract."""
