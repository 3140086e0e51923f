"""The body behind an actor, its state, its side, and the kind of its voice.

Bodies roll up to their state or parent organisation, persons to the body of their office. The Kremlin, a
ministry and a state agency are one body, and so one witness.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from mmru.model.redirects import circle, follow
from mmru.model.schema import Schemas

Row = Mapping[str, Any]
SIDES = {"MMR": "myanmar", "RUS": "russia"}  # of the state at the top
UNKNOWN = "unknown"
THIRD_PARTY, OPPOSITION = "third-party", "opposition"
OF_BODY = ("head", "spokesperson")  # offices with the voice of their body, which may be a company
MEMBER = "member"  # an office in an organ of a state, such as a council; in other bodies none
NAMELESS = {UNKNOWN, "blog"}  # kinds of publisher without a newsroom for which anybody answers
BEARERS = ("person", "group")  # kinds of actor that speak from an office
VOICES = ("official", "expert", "organised")  # that a role gives, the strongest first


class Bodies:
    """The bodies, states, sides and voices of all actors; no result depends on the order of rows.

    The side of a nameless publication is unknown: of an actor that publishes only as NAMELESS.
    """

    def __init__(
        self, actors: Iterable[Row], roles: Iterable[Row], sources: Iterable[Row], schemas: Schemas
    ) -> None:
        self._actors = {actor["actor_id"]: actor for actor in actors}
        wholes = {actor_id: actor["part_of_actor_id"] for actor_id, actor in self._actors.items()}
        self._wholes = {actor_id: whole for actor_id, whole in wholes.items() if whole}
        codes = schemas.vocabularies["voice"].values()
        # the voice that each kind of actor and each role has: `actor_kind:state` is official
        self._voices = {holder: code.code for code in codes for holder in code.allowed_with}
        self._roles: dict[str, list[Row]] = defaultdict(list)
        for role in roles:
            self._roles[role["actor_id"]].append(role)
        kinds: dict[str, set[str]] = defaultdict(set)
        for source in sources:
            kinds[source["publisher_actor_id"]].add(source["publisher_kind"])
        self._nameless = {actor for actor, found in kinds.items() if found <= NAMELESS}
        self.body = cache(self._body)

    def _body(self, actor: str) -> str:
        """Return the actor at the top of the wholes of an actor, or of the body of their office.

        A person or a group is their own body where no office, or offices in several bodies, are known.
        """
        top = self._top(actor)
        if top != actor or self._kind(actor) not in BEARERS:
            return top
        offices = (r for r in self._roles[actor] if r["role"] in OF_BODY or self._of_role(r) == "official")
        tops = {self._top(role["body_actor_id"]) for role in offices if role["body_actor_id"]}
        return tops.pop() if len(tops) == 1 else actor

    def state(self, actor: str) -> str | None:
        """Return the ISO code of the state whose organ or official an actor is, None where it is none's."""
        body = self.body(actor)
        return self._actors[body].get("iso3") if self._kind(body) == "state" else None

    def side(self, actor: str | None) -> str:
        """Return the side of an actor, a code of the vocabulary origin_side."""
        body = self.body(actor) if actor else None
        kind = self._kind(body)
        if kind == "state":
            return SIDES.get(self.state(body or "") or "", THIRD_PARTY)
        if kind in (None, "group") or body in self._nameless:
            return UNKNOWN
        return OPPOSITION if kind == OPPOSITION else THIRD_PARTY

    def voice(self, actor: str) -> str | None:
        """Return whose voice an actor has, a code of the vocabulary voice: by its roles, else by its kind.

        A holder of an office of the opposition, such as its minister, speaks as the opposition does.
        """
        kind = self._kind(actor)
        held = {self._of_role(role) for role in self._roles[actor]} if kind in BEARERS else set()
        if held and self._kind(self.body(actor)) == OPPOSITION:
            kind, held = OPPOSITION, set()
        return next((voice for voice in VOICES if voice in held), self._voices.get(f"actor_kind:{kind}"))

    def _kind(self, actor: str | None) -> str | None:
        return self._actors[actor]["kind"] if actor in self._actors else None

    def _of_role(self, role: Row) -> str | None:
        """Return the voice that a role gives; a head and a spokesperson have that of their body.

        A member of an organ of a state has its voice, too.
        """
        body = role["body_actor_id"]
        in_state = role["role"] == MEMBER and body and self._kind(self._top(body)) == "state"
        if role["role"] in OF_BODY or in_state:
            return self._voices.get(f"actor_kind:{self._kind(body)}")
        return self._voices.get(f"actor_role:{role['role']}")

    def _top(self, actor: str) -> str:
        """Return the last of the wholes that contain an actor; of a circle, the first in the alphabet."""
        _, end = follow(self._wholes, actor)
        return min(circle(self._wholes, actor), default=end or actor)
