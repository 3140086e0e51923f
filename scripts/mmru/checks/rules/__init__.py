"""The named rules across the columns of a table and across tables; P codes are warnings."""

from mmru.checks.rules import (
    agreements,
    coders,
    codes,
    dates,
    duplicates,
    evidence,
    extent,
    fit,
    identifiers,
    ids,
    ledger,
    places,
    roles,
    strength,
    terms,
    time,
    wholes,
    witnesses,
    words,
)

MODULES = (
    *(
        evidence,
        witnesses,
        strength,
        extent,
        ledger,
        dates,
        time,
        terms,
        wholes,
        agreements,
        roles,
        codes,
        fit,
        places,
    ),
    *(identifiers, ids, words, duplicates, coders),
)
RULES = [rule for module in MODULES for rule in module.RULES]
