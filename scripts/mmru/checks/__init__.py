"""Enforce every constraint and rule on the tables."""
