"""Myanmar–Russia Relations: the dataset and the tools that build it."""

__version__ = "0.1.0"
