-- What roots are watched and how, which server does it, and what came of checking files.

ALTER TABLE roots ADD COLUMN watch {{text}} NOT NULL DEFAULT 'auto';
ALTER TABLE roots ADD COLUMN poll_s {{int}} NOT NULL DEFAULT 300;
ALTER TABLE roots ADD COLUMN encode_new {{int}} NOT NULL DEFAULT 0;
ALTER TABLE roots ADD COLUMN check_days {{int}};

-- The server that watches a root, until when it may rely on that, and what it says of it as JSON (src/operate/watch_state.h).
CREATE TABLE root_watches (
  root_id {{int}} PRIMARY KEY REFERENCES roots (id) ON DELETE CASCADE,
  owner {{text}} NOT NULL,
  until_ms {{int}} NOT NULL,
  state {{text}},
  updated_at_ms {{int}} NOT NULL
){{strict}};

ALTER TABLE files ADD COLUMN health {{text}};
ALTER TABLE files ADD COLUMN checked_at_ms {{int}};
ALTER TABLE files ADD COLUMN fault_count {{int}} NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN faults {{text}} NOT NULL DEFAULT '[]';
CREATE INDEX files_of_health_by_path ON files (health, path, id) WHERE health IS NOT NULL;
-- For those whose last check is the oldest.
CREATE INDEX files_of_root_by_check ON files (root_id, (COALESCE(checked_at_ms, 0)), id);
