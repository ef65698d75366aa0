"""From stories to cited paragraphs: choose or write sentences, and verify what was written."""
