CREATE TABLE lookup_cache (
  key {{text}} PRIMARY KEY,
  value {{text}} NOT NULL,
  expires_at_ms {{int}} NOT NULL
){{strict}};

CREATE INDEX lookup_cache_expires_at_ms ON lookup_cache (expires_at_ms);
