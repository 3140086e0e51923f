"""Compare versions, record them and publish a release."""
