"""From articles to an edition's stories: window, group, rank."""
