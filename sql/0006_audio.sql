-- The default tracks of files: edits in place that are under way, what came of each file of a job, and what Sonarr and Radarr told.

-- What an edit is about to overwrite, as JSON text (src/container/edit_entry.h), and what history is to say of it. A row lives for
-- moments, or until it is recovered.
CREATE TABLE edits (
  id {{id}},
  device {{int}} NOT NULL,
  inode {{int}} NOT NULL,
  path {{text}} NOT NULL,
  entry {{text}} NOT NULL,
  file_id {{int}},
  job_id {{int}},
  lease_epoch {{int}} NOT NULL,
  detail {{text}},
  error {{text}},
  created_at_ms {{int}} NOT NULL,
  UNIQUE (device, inode)
){{strict}};

CREATE TABLE audio_results (
  id {{id}},
  job_id {{int}} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  file_id {{int}},
  path {{text}} NOT NULL,
  outcome {{text}} NOT NULL,
  reason {{text}} NOT NULL,
  rule {{text}} NOT NULL,
  language {{text}},
  track {{int}},
  bytes {{int}} NOT NULL,
  history_id {{int}},
  at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX audio_results_of_job ON audio_results (job_id, id);
CREATE UNIQUE INDEX audio_results_of_file ON audio_results (job_id, file_id);

CREATE TABLE webhook_events (
  id {{id}},
  application {{text}} NOT NULL,
  instance {{text}},
  event {{text}} NOT NULL,
  title {{text}},
  files {{int}} NOT NULL,
  outcome {{text}} NOT NULL,
  reason {{text}} NOT NULL,
  jobs {{text}} NOT NULL,
  received_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX webhook_events_by_time ON webhook_events (received_at_ms, id);
CREATE INDEX webhook_events_of_application ON webhook_events (application, id);

-- Files that jobs were made for, by webhook_key (src/connect/webhook.h): who tells the same twice makes one job.
CREATE TABLE webhook_files (
  key {{text}} PRIMARY KEY,
  job_id {{int}} NOT NULL,
  received_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX webhook_files_by_time ON webhook_files (received_at_ms);
