-- Operations: the request that a job came from, for the log; when tasks of the household last ran, for all servers together.

ALTER TABLE jobs ADD COLUMN request {{text}};

CREATE TABLE tasks (
  name {{text}} PRIMARY KEY,
  ran_at_ms {{int}} NOT NULL,
  error {{text}}
){{strict}};
