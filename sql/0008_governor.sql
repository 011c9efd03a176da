-- When work may run: schedules, which of them a root has, and what each worker last reported of what holds work back there.

CREATE TABLE schedules (
  id {{id}},
  name {{text}} NOT NULL UNIQUE,
  enabled {{int}} NOT NULL,
  everywhere {{int}} NOT NULL,
  zone {{text}} NOT NULL,
  windows {{text}} NOT NULL,
  at_end {{text}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};
-- One at most holds for roots that name none.
CREATE UNIQUE INDEX schedules_everywhere ON schedules (everywhere) WHERE everywhere = 1;

ALTER TABLE roots ADD COLUMN schedule_id {{int}} REFERENCES schedules (id);
CREATE INDEX roots_schedule ON roots (schedule_id);

-- As JSON (src/operate/warden.h), for other servers and for commands.
CREATE TABLE governor_states (
  worker {{text}} PRIMARY KEY,
  state {{text}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};
