"""The named rules across the columns of a table and across tables; P codes are warnings."""

from mmru.checks.rules import agreements, coders, codes, dates, evidence, ids, wholes

MODULES = (evidence, dates, wholes, agreements, codes, ids, coders)
RULES = [rule for module in MODULES for rule in module.RULES]
