-- Whether long films are encoded in chunks.

ALTER TABLE profiles ADD COLUMN chunking {{text}} NOT NULL DEFAULT 'auto';
ALTER TABLE profiles ADD COLUMN chunk_seconds {{int}} NOT NULL DEFAULT 60;
