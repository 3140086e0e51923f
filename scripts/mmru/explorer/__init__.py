"""Build the page that shows the published tables."""
