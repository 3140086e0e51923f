"""The named rules across the columns of a table and across tables; P codes are warnings: hard to believe."""

from mmru.checks.rules import agreements, coders, codes, dates, evidence, ids, wholes, witnesses

MODULES = (evidence, witnesses, dates, wholes, agreements, codes, ids, coders)
RULES = [rule for module in MODULES for rule in module.RULES]
