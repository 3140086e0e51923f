"""Rules on roles: those that a type can and must have, who can hold them, and the sides of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, rule, within

ACROSS_BORDERS = [  # roles whose holders belong to two states
    ("visitor", "host"),
    ("visitor", "inviter"),
    ("traveller", "host"),
    ("invitee", "inviter"),
    ("sending-state", "host"),
]
OFFICES = [
    *("head-of-state", "head-of-government", "head-of-military-government", "minister", "deputy-minister"),
    *("ambassador", "military-rank", "security-official"),
]
PRIVATE = ["company", "media", "academic-institution", "civil-society"]  # kinds that have no such offices
OF_BOTH_SIDES = {"event_actors": "participant", "agreement_actors": "party"}
NO_OFFICES = ["supplier", "customer", "analyst", "member"]  # roles that make nobody an official


@rule(
    "T70",
    "event_actors",
    "its role is not one that an event of this type has",
    "choose a role that schemas/vocabularies/event_type.yaml allows, or correct the type",
)
def roles_of_the_type(ctx: RuleContext) -> Frame:
    types = ctx.schemas.vocabularies["event_type"]
    events = ctx["events"].select("event_id", "event_type").filter(~col("event_type").is_null())
    rows = ctx.rows.join(events, on="event_id", how="inner")
    return ctx.misfits(rows, types, "event_type", "role", "event_role")


@rule(
    "T71",
    "events agreements",
    "a role that its type requires has no actor, or one actor instead of two",
    "code the actors whom the article names, or correct the type",
)
def required_roles_held(ctx: RuleContext) -> Frame:
    key = ctx.key
    record = ctx.table.name.removesuffix("s")
    kind, helper = f"{record}_type", f"{record}_actors"
    types = ctx.schemas.codes(ctx.table[kind])
    needed = [(code, *need) for code, meaning in types.items() for need in meaning.required.items()]
    columns = {name: pa.array(values) for name, values in zip((kind, "role", "needed"), zip(*needed))}
    held = ctx[helper].group_by(key, "role").agg(col("actor_id").n_unique().alias("held"))
    rows = ctx.rows.select(ROW, key, kind).join(ctx.lookup(columns), on=kind, how="inner")
    rows = rows.join(held, on=[key, "role"], how="left")
    return rows.filter(col("held").fill_null(0) < col("needed"))


@rule(
    "T72",
    "event_actors agreement_actors actor_roles",
    "an actor of this kind cannot hold the role",
    "name the person or body that holds it, choose another role, or correct the actor's kind",
)
def holders_of_their_kind(ctx: RuleContext) -> Frame:
    roles = ctx.schemas.codes(ctx.table["role"])
    rows = ctx.rows.join(_kinds(ctx, "actor_id"), on="actor_id", how="inner")
    return ctx.misfits(rows, roles, "role", "kind_of_actor", "actor_kind")


@rule(
    "T73",
    "event_actors",
    "it is on both sides of the event, or has two votes",
    "correct one of its roles; if two sources exchange the two sides, find out which one is right",
)
def on_one_side(ctx: RuleContext) -> Frame:
    votes = ctx["events"].filter(col("event_type") == "vote").select("event_id")
    own = ["event_id", "actor_id"]
    one_sided = ctx.rows.filter(col("side") != "both")
    sides = one_sided.group_by(*own).agg(col("side").n_unique().alias("sides"))
    roles = within(one_sided, votes, ["event_id"]).group_by(*own).agg(col("role").n_unique().alias("roles"))
    twice = [sides.filter(col("sides") > 1).select(*own), roles.filter(col("roles") > 1).select(*own)]
    # one of the roles is wrong: the last one stands for both
    return within(one_sided, nw.concat(twice), own).group_by(*own).agg(col(ROW).max())


@rule(
    "T74",
    "event_actors",
    "its own state, or a person or body of its own state, is its host",
    "correct the host or the visitor, or choose another type of event",
)
def hosts_of_another_state(ctx: RuleContext) -> Frame:
    states = ctx.view(states_of_actors)
    rows = ctx.rows.join(states, on="actor_id", how="inner")
    hosts = rows.select("event_id", "state", col("actor_id").alias("host"), col("role").alias("host_role"))
    pairs = rows.join(hosts, on=["event_id", "state"], how="inner").filter(col("actor_id") != col("host"))
    return within(pairs, ctx.texts(["role", "host_role"], ACROSS_BORDERS), ["role", "host_role"])


@rule(
    "T75",
    "actor_roles",
    "it is an office in a person, or an office of state in a firm, medium, university or association",
    "name the state or body in which the office is held",
)
def offices_in_bodies(ctx: RuleContext) -> Frame:
    rows = ctx.rows.join(_kinds(ctx, "body_actor_id"), on="body_actor_id", how="inner")
    private = col("role").is_in(OFFICES) & col("kind_of_actor").is_in(PRIVATE)
    return rows.filter((col("kind_of_actor") == "person") | private)


@rule(
    "T76",
    "reactions",
    "its holder is also the actor to whom it is addressed",
    "name the actor whom the holder asks or blames, or leave addressed_to_actor_id out",
)
def addressed_to_another(ctx: RuleContext) -> Frame:
    return ctx.rows.filter(col("actor_id") == col("addressed_to_actor_id"))


@rule(
    "P40",
    "events agreements",
    "all its participants or parties belong to one state",
    "who is the other side?",
)
def sides_of_two_states(ctx: RuleContext) -> Frame:
    key = ctx.key
    helper = "event_actors" if ctx.table.name == "events" else "agreement_actors"
    held = ctx[helper].filter(col("role") == OF_BOTH_SIDES[helper]).select(key, "actor_id").unique()
    actors = held.group_by(key).agg(nw.len().alias("actors")).filter(col("actors") > 1)
    states = held.join(ctx.view(states_of_actors), on="actor_id", how="inner")
    members = states.group_by(key, "state").agg(col("actor_id").n_unique().alias("members"))
    all_of_one = members.join(actors, on=key, how="inner").filter(col("members") == col("actors"))
    return within(ctx.rows, all_of_one, [key])


def _kinds(ctx: RuleContext, column: str) -> Frame:
    """Return the kind of each actor, with its id in a column of this name."""
    return ctx["actors"].select(col("actor_id").alias(column), col("kind").alias("kind_of_actor"))


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
