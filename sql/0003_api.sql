-- What the API asks for often, made cheap; and requests that must not be carried out twice.

-- Sums of files by root, state and codec ('' where it is not known), kept by triggers so that they are exact in every transaction.
-- SQLite has one writer at a time and keeps one row for each. PostgreSQL adds a row of differences for each statement, so that
-- writers neither wait for each other nor lock in circles; the sum of all rows is right at any time, and file_sums_compact
-- (src/store/file_sums.h) adds them up now and then.
CREATE TABLE file_sums (
  root_id {{int}} NOT NULL,
  state {{text}} NOT NULL,
  video_codec {{text}} NOT NULL,
  files {{int}} NOT NULL,
  bytes {{int}} NOT NULL
){{strict}};
INSERT INTO file_sums (root_id, state, video_codec, files, bytes)
  SELECT root_id, state, COALESCE(video_codec, ''), COUNT(*), SUM(size_bytes) FROM files GROUP BY 1, 2, 3;

{{only sqlite}}
CREATE UNIQUE INDEX file_sums_key ON file_sums (root_id, state, video_codec);
CREATE TRIGGER files_sum_insert AFTER INSERT ON files BEGIN
  INSERT INTO file_sums (root_id, state, video_codec, files, bytes)
    VALUES (new.root_id, new.state, COALESCE(new.video_codec, ''), 1, new.size_bytes)
    ON CONFLICT (root_id, state, video_codec) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER files_sum_delete AFTER DELETE ON files BEGIN
  UPDATE file_sums SET files = files - 1, bytes = bytes - old.size_bytes
    WHERE root_id = old.root_id AND state = old.state AND video_codec = COALESCE(old.video_codec, '');
  DELETE FROM file_sums
    WHERE root_id = old.root_id AND state = old.state AND video_codec = COALESCE(old.video_codec, '') AND files = 0;
END;
CREATE TRIGGER files_sum_update AFTER UPDATE ON files
  WHEN old.root_id <> new.root_id OR old.state <> new.state OR old.size_bytes <> new.size_bytes
    OR old.video_codec IS NOT new.video_codec
BEGIN
  UPDATE file_sums SET files = files - 1, bytes = bytes - old.size_bytes
    WHERE root_id = old.root_id AND state = old.state AND video_codec = COALESCE(old.video_codec, '');
  INSERT INTO file_sums (root_id, state, video_codec, files, bytes)
    VALUES (new.root_id, new.state, COALESCE(new.video_codec, ''), 1, new.size_bytes)
    ON CONFLICT (root_id, state, video_codec) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
  DELETE FROM file_sums
    WHERE root_id = old.root_id AND state = old.state AND video_codec = COALESCE(old.video_codec, '') AND files = 0;
END;
{{end}}

{{only postgresql}}
CREATE FUNCTION files_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO file_sums (root_id, state, video_codec, files, bytes)
      SELECT root_id, state, COALESCE(video_codec, ''), COUNT(*), SUM(size_bytes) FROM new_rows GROUP BY 1, 2, 3;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO file_sums (root_id, state, video_codec, files, bytes)
      SELECT root_id, state, COALESCE(video_codec, ''), -COUNT(*), -SUM(size_bytes) FROM old_rows GROUP BY 1, 2, 3;
  ELSE
    INSERT INTO file_sums (root_id, state, video_codec, files, bytes)
      SELECT root_id, state, codec, SUM(n), SUM(size)
        FROM (SELECT root_id, state, COALESCE(video_codec, '') AS codec, 1 AS n, size_bytes AS size FROM new_rows
              UNION ALL SELECT root_id, state, COALESCE(video_codec, ''), -1, -size_bytes FROM old_rows) AS difference
        GROUP BY root_id, state, codec HAVING SUM(n) <> 0 OR SUM(size) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER files_sum_insert AFTER INSERT ON files
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION files_sum();
CREATE TRIGGER files_sum_update AFTER UPDATE ON files
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION files_sum();
CREATE TRIGGER files_sum_delete AFTER DELETE ON files
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION files_sum();
{{end}}

-- What is high dynamic range is asked for often and rare in most libraries.
CREATE INDEX files_of_hdr_by_path ON files (hdr, path, id);

-- All that the sums over the history read.
CREATE INDEX history_sums ON history (state, created_at_ms, bytes_saved, size_before_bytes);

-- As before, with the kind at the end, so that waiting jobs of one kind are counted from the index alone.
DROP INDEX jobs_queue;
CREATE INDEX jobs_queue ON jobs
  (state, (CASE priority WHEN 'webhook' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END), position, id, run_after_ms,
   kind);

-- Requests with an Idempotency-Key and what they were answered with; status is NULL while one is being carried out.
CREATE TABLE idempotent_requests (
  id {{id}},
  caller {{text}} NOT NULL,
  key {{text}} NOT NULL,
  digest {{text}} NOT NULL,
  status {{int}},
  answer {{text}},
  created_at_ms {{int}} NOT NULL,
  UNIQUE (caller, key)
){{strict}};
CREATE INDEX idempotent_requests_by_time ON idempotent_requests (created_at_ms);
