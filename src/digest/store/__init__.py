"""What is remembered between runs, behind one SQLAlchemy URL."""
