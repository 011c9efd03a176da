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
