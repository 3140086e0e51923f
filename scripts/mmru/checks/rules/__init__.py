"""The named rules across the columns of a table and across tables; P codes are warnings."""

from importlib import import_module
from pkgutil import iter_modules

from mmru.checks.registry import RULES

__all__ = ["RULES"]

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
