-- Files that people send to have them converted (src/store/upload_row.h).

CREATE TABLE uploads (
  id {{id}},
  name {{text}} NOT NULL,
  content_type {{text}},
  size_bytes {{int}},
  state {{text}} NOT NULL,
  path {{text}} NOT NULL UNIQUE,
  unchecked_from_bytes {{int}},
  created_by {{text}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  expires_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX uploads_by_expiry ON uploads (expires_at_ms);

-- What is made of them (src/store/conversion_row.h). How far it is stands with its job; a path, only once the file there is whole.
CREATE TABLE conversions (
  id {{id}},
  upload_id {{int}} NOT NULL,
  job_id {{int}} NOT NULL,
  name {{text}} NOT NULL,
  codec {{text}} NOT NULL,
  resolution {{text}} NOT NULL,
  quality {{text}} NOT NULL,
  directory {{text}} NOT NULL UNIQUE,
  place {{text}},
  path {{text}},
  size_bytes {{int}},
  duration_ms {{int}},
  discarded {{int}} NOT NULL,
  created_by {{text}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  finished_at_ms {{int}},
  expires_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX conversions_by_expiry ON conversions (expires_at_ms);
CREATE INDEX conversions_by_upload ON conversions (upload_id);
