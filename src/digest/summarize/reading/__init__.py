"""What a text says: its sentences, and the numbers, dates, names, quotations and roles in them."""
