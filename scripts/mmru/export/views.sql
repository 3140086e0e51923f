-- The views of the SQLite database. Each has its name and description above its query.
-- Several names in a cell are separated by `; `.

-- events_with_names: Events with the names of place and actors, the actors as `role: name`.
SELECT e.*, p.name AS place, p.country AS place_country, w.title AS part_of,
  (SELECT group_concat(named, '; ') FROM (
    SELECT x.role || ': ' || a.name AS named FROM event_actors x JOIN actors a USING (actor_id)
    WHERE x.event_id = e.event_id ORDER BY x.role, a.name)) AS actors
FROM events e
LEFT JOIN places p USING (place_id)
LEFT JOIN events w ON w.event_id = e.part_of_event_id

-- event_actors_with_names: One row for each part that an actor has in an event, with the event's title, date and place.
SELECT x.*, a.name AS actor, a.kind AS actor_kind, a.country AS actor_country,
  e.title, e.event_type, e.status, e.date, e.date_earliest, e.date_latest, p.name AS place
FROM event_actors x
JOIN events e USING (event_id)
JOIN actors a USING (actor_id)
LEFT JOIN places p USING (place_id)

-- agreements_with_names: Agreements with the names of their parties, other actors (`role: name`) and places, and their milestones, each with its date, in the order of time.
SELECT g.*, e.title AS event, s.title AS supersedes,
  (SELECT group_concat(name, '; ') FROM (
    SELECT a.name FROM agreement_actors x JOIN actors a USING (actor_id)
    WHERE x.agreement_id = g.agreement_id AND x.role = 'party' ORDER BY a.name)) AS parties,
  (SELECT group_concat(named, '; ') FROM (
    SELECT x.role || ': ' || a.name AS named FROM agreement_actors x JOIN actors a USING (actor_id)
    WHERE x.agreement_id = g.agreement_id AND x.role <> 'party' ORDER BY x.role, a.name)) AS other_actors,
  (SELECT group_concat(step, '; ') FROM (
    SELECT m.milestone || coalesce(' ' || m.date, '') AS step FROM agreement_milestones m
    WHERE m.agreement_id = g.agreement_id
    ORDER BY coalesce(m.date_earliest, m.date_latest, '9999'), m.milestone, m.sequence)) AS milestones,
  (SELECT group_concat(name, '; ') FROM (
    SELECT p.name FROM json_each(g.place_ids) i JOIN places p ON p.place_id = i.value
    ORDER BY i.key)) AS places
FROM agreements g
LEFT JOIN events e USING (event_id)
LEFT JOIN agreements s ON s.agreement_id = g.supersedes_agreement_id

-- reactions_with_names: Reactions with the name of the holder and the titles of what they are about; where no event, agreement or actor is named, they are about the relationship at large.
SELECT r.*, h.name AS holder, h.kind AS holder_kind, h.country AS holder_country, t.name AS addressed_to,
  o.title AS occasion, e.title AS about_event, g.title AS about_agreement, a.name AS about_actor
FROM reactions r
JOIN actors h USING (actor_id)
LEFT JOIN events e ON e.event_id = r.about_event_id
LEFT JOIN agreements g ON g.agreement_id = r.about_agreement_id
LEFT JOIN actors a ON a.actor_id = r.about_actor_id
LEFT JOIN events o ON o.event_id = r.occasion_event_id
LEFT JOIN actors t ON t.actor_id = r.addressed_to_actor_id

-- claims_with_names: Claims with the title of their record, with title, publisher and date of the source, and with the name of the speaker; a source without a title is shown by its id.
SELECT c.*, coalesce(e.title, g.title, r.summary, a.name) AS record, n.name AS speaker,
  coalesce(s.title, s.source_id) AS source, s.publisher, s.published, s.reliability
FROM claims c
JOIN sources s USING (source_id)
LEFT JOIN events e ON c.record_table = 'events' AND e.event_id = c.record_id
LEFT JOIN agreements g ON c.record_table = 'agreements' AND g.agreement_id = c.record_id
LEFT JOIN reactions r ON c.record_table = 'reactions' AND r.reaction_id = c.record_id
LEFT JOIN actors a ON c.record_table = 'actors' AND a.actor_id = c.record_id
LEFT JOIN actors n ON n.actor_id = c.attributed_to_actor_id
