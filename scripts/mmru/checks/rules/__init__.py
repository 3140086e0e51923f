"""The named rules across the columns of a table and across tables; P codes are warnings."""

from mmru.checks.rules import (
    agreements,
    coders,
    codes,
    dates,
    evidence,
    extent,
    identifiers,
    ids,
    ledger,
    places,
    terms,
    time,
    wholes,
    witnesses,
)

MODULES = (
    evidence,
    witnesses,
    extent,
    ledger,
    dates,
    time,
    terms,
    wholes,
    agreements,
    codes,
    places,
    identifiers,
    ids,
    coders,
)
RULES = [rule for module in MODULES for rule in module.RULES]
