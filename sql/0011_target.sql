-- Profiles may aim at a score instead of a quality; and history keeps what was predicted, to learn from.
ALTER TABLE profiles ADD COLUMN target_metric {{text}} NOT NULL DEFAULT 'off';
ALTER TABLE profiles ADD COLUMN target_score {{real}} NOT NULL DEFAULT 0;

ALTER TABLE history ADD COLUMN resolution {{text}};
ALTER TABLE history ADD COLUMN film_ms {{int}};
ALTER TABLE history ADD COLUMN predicted_bytes {{int}};
ALTER TABLE history ADD COLUMN predicted_seconds {{real}};
