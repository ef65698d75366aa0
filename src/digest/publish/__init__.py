"""From an edition to files and mails."""
