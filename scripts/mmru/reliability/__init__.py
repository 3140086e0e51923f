"""Measure how far two coders agree."""
