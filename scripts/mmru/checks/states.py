"""The states to which actors belong: through what they are part of, and persons through their offices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from narwhals import col

from mmru.checks.registry import Frame, RuleContext

NO_OFFICES = ["supplier", "customer", "analyst", "member"]  # roles that make nobody an official


def states_of_actors(ctx: RuleContext) -> Frame:
    """Return the states to which each actor belongs, a row for each; a state belongs to itself."""
    rows = ctx.to_dicts(ctx["actors"].select("actor_id", "kind", "part_of_actor_id"))
    states = {row["actor_id"] for row in rows if row["kind"] == "state"}
    wholes: dict[str, set[str]] = {
        row["actor_id"]: {row["part_of_actor_id"]} - {None} for row in rows if row["actor_id"]
    }
    offices = ctx["actor_roles"].filter(~col("role").is_in(NO_OFFICES)).select("actor_id", "body_actor_id")
    for office in ctx.to_dicts(offices):
        if office["actor_id"] in wholes and office["body_actor_id"]:
            wholes[office["actor_id"]].add(office["body_actor_id"])
    found = [(actor, state) for actor in wholes for state in _enclosing(wholes, actor) & states]
    return ctx.texts(["actor_id", "state"], found)


def _enclosing(wholes: Mapping[str, Iterable[str]], actor: str) -> set[str]:
    """Return an actor with all its wholes, direct and indirect; a state's own wholes are no states."""
    seen: set[str] = set()
    waiting = [actor]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += wholes.get(here, ())
    return seen
