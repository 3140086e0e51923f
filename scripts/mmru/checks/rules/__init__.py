"""The named rules across the columns of a table and across tables; P codes are warnings."""

from mmru.checks.rules import (
    agreements,
    coders,
    codes,
    dates,
    evidence,
    fit,
    identifiers,
    ids,
    places,
    roles,
    terms,
    time,
    wholes,
    words,
)

MODULES = (
    evidence,
    dates,
    time,
    terms,
    wholes,
    words,
    agreements,
    codes,
    fit,
    roles,
    places,
    identifiers,
    ids,
    coders,
)
RULES = [rule for module in MODULES for rule in module.RULES]
