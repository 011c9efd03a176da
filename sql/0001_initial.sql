-- The first schema. One dialect for SQLite and PostgreSQL; tokens in double braces are replaced for each (src/store/migrate.c):
--   id: a number that the database gives    int: 64 bits    real: a double    text: compared byte by byte
--   strict: types are held to    updated_often: room on each page for the next version of a row
-- Booleans are 0 or 1, enums their names, times milliseconds since 1970, lists and records JSON text. Never edit this file once
-- it was released: databases remember its checksum.

CREATE TABLE settings (
  name {{text}} PRIMARY KEY,
  value {{text}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};

CREATE TABLE profiles (
  id {{id}},
  version {{int}} NOT NULL,
  name {{text}} NOT NULL UNIQUE,
  description {{text}} NOT NULL,
  seeded {{int}} NOT NULL,
  engine {{text}} NOT NULL,
  codec {{text}} NOT NULL,
  encoders {{text}} NOT NULL,
  cpu_fallback {{int}} NOT NULL,
  qualities {{text}} NOT NULL,
  preset {{text}} NOT NULL,
  tune {{text}} NOT NULL,
  bit_depth {{text}} NOT NULL,
  max_height {{int}} NOT NULL,
  max_frame_rate {{real}} NOT NULL,
  two_pass {{int}} NOT NULL,
  video_bit_rate_kbps {{int}} NOT NULL,
  container {{text}} NOT NULL,
  deinterlace {{text}} NOT NULL,
  crop_black_bars {{int}} NOT NULL,
  denoise {{text}} NOT NULL,
  tone_map {{int}} NOT NULL,
  extra_arguments {{text}} NOT NULL,
  audio {{text}} NOT NULL,
  audio_languages {{text}} NOT NULL,
  audio_codec {{text}} NOT NULL,
  audio_bit_rate_kbps {{int}} NOT NULL,
  add_stereo_downmix {{int}} NOT NULL,
  subtitles {{text}} NOT NULL,
  subtitle_languages {{text}} NOT NULL,
  drop_unsupported {{int}} NOT NULL,
  eligible_codecs {{text}} NOT NULL,
  min_bits_per_pixel {{real}} NOT NULL,
  min_size_bytes {{int}} NOT NULL,
  min_age_s {{int}} NOT NULL,
  keep_dolby_vision {{int}} NOT NULL,
  keep_hdr10_plus {{int}} NOT NULL,
  min_saving_percent {{real}} NOT NULL,
  min_ssim {{real}} NOT NULL,
  decode_check {{text}} NOT NULL,
  keep_original_days {{int}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};

CREATE TABLE roots (
  id {{id}},
  path {{text}} NOT NULL UNIQUE,
  name {{text}} NOT NULL,
  type {{text}} NOT NULL,
  profile_id {{int}} REFERENCES profiles (id) ON DELETE SET NULL,
  enabled {{int}} NOT NULL,
  recursive {{int}} NOT NULL,
  include {{text}} NOT NULL,
  exclude {{text}} NOT NULL,
  extensions {{text}} NOT NULL,
  follow_links {{int}} NOT NULL,
  cross_filesystems {{int}} NOT NULL,
  link_policy {{text}} NOT NULL,
  keep_mtime {{int}} NOT NULL,
  trash_path {{text}},
  trash_days {{int}},
  state {{text}} NOT NULL,
  frozen_reason {{text}},
  device {{int}},
  scanned_at_ms {{int}},
  file_count {{int}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX roots_profile ON roots (profile_id);

-- The media JSON stands last: SQLite reads a row from its start and need not touch the pages of a long tail.
CREATE TABLE files (
  id {{id}},
  root_id {{int}} NOT NULL REFERENCES roots (id) ON DELETE CASCADE,
  path {{text}} NOT NULL,
  size_bytes {{int}} NOT NULL,
  mtime_ns {{int}} NOT NULL,
  inode {{int}} NOT NULL,
  device {{int}} NOT NULL,
  link_count {{int}} NOT NULL,
  fingerprint {{text}},
  state {{text}} NOT NULL,
  error {{text}},
  container {{text}},
  video_codec {{text}},
  pixel_format {{text}},
  audio_codecs {{text}},
  audio_languages {{text}},
  subtitle_languages {{text}},
  hdr {{text}},
  width {{int}},
  height {{int}},
  duration_ms {{int}},
  bit_rate_bps {{int}},
  sidecars {{text}} NOT NULL,
  found_at_ms {{int}} NOT NULL,
  probed_at_ms {{int}},
  missing_since_ms {{int}},
  updated_at_ms {{int}} NOT NULL,
  media {{text}},
  UNIQUE (root_id, path)
){{strict}};
CREATE INDEX files_identity ON files (device, inode);
CREATE INDEX files_fingerprint ON files (fingerprint);
-- For pages of the list: each order that it can be in, alone and within what is filtered on most. What is not known sorts as 0.
CREATE INDEX files_by_path ON files (path, id);
CREATE INDEX files_by_size ON files (size_bytes, id);
CREATE INDEX files_by_found ON files (found_at_ms, id);
CREATE INDEX files_by_duration ON files ((COALESCE(duration_ms, 0)), id);
CREATE INDEX files_by_bit_rate ON files ((COALESCE(bit_rate_bps, 0)), id);
CREATE INDEX files_of_root_and_codec_by_path ON files (root_id, video_codec, path, id);
CREATE INDEX files_of_codec_by_path ON files (video_codec, path, id);
CREATE INDEX files_of_codec_by_size ON files (video_codec, size_bytes, id);
CREATE INDEX files_of_container_by_path ON files (container, path, id);
CREATE INDEX files_of_state_by_path ON files (state, path, id);
CREATE INDEX files_of_state_by_size ON files (state, size_bytes, id); -- has all that the dashboard sums up

CREATE TABLE verdicts (
  id {{id}},
  fingerprint {{text}} NOT NULL,
  profile_id {{int}} NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  profile_version {{int}} NOT NULL,
  code {{text}} NOT NULL,
  reason {{text}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  UNIQUE (fingerprint, profile_id, profile_version)
){{strict}};
CREATE INDEX verdicts_profile ON verdicts (profile_id);

-- A job outlives what it worked on, so that its end can still be read.
CREATE TABLE jobs (
  id {{id}},
  kind {{text}} NOT NULL,
  state {{text}} NOT NULL,
  priority {{text}} NOT NULL,
  title {{text}} NOT NULL,
  root_id {{int}} REFERENCES roots (id) ON DELETE SET NULL,
  file_id {{int}} REFERENCES files (id) ON DELETE SET NULL,
  parent_id {{int}} REFERENCES jobs (id) ON DELETE CASCADE,
  payload {{text}} NOT NULL,
  result {{text}},
  error {{text}},
  error_code {{text}},
  waiting {{text}},
  needs {{text}} NOT NULL,
  attempts {{int}} NOT NULL,
  max_attempts {{int}} NOT NULL,
  run_after_ms {{int}} NOT NULL,
  position {{real}} NOT NULL,
  lease_owner {{text}},
  lease_until_ms {{int}},
  lease_epoch {{int}} NOT NULL,
  directive {{text}} NOT NULL,
  progress {{real}} NOT NULL,
  progress_detail {{text}},
  created_at_ms {{int}} NOT NULL,
  started_at_ms {{int}},
  finished_at_ms {{int}},
  updated_at_ms {{int}} NOT NULL
){{strict}}{{updated_often}};
-- The order in which jobs are claimed; the text is JOB_QUEUE_ORDER of src/store/job.h. run_after_ms comes along so that what must
-- wait is passed over without reading its row. Nothing that a worker's report changes is in any index: reports are frequent.
CREATE INDEX jobs_queue ON jobs
  (state, (CASE priority WHEN 'webhook' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END), position, id, run_after_ms);
CREATE INDEX jobs_of_state ON jobs (state, id);
CREATE INDEX jobs_of_kind ON jobs (kind, id);
CREATE INDEX jobs_of_root ON jobs (root_id, id) WHERE root_id IS NOT NULL;
CREATE INDEX jobs_of_file ON jobs (file_id, id) WHERE file_id IS NOT NULL;
CREATE INDEX jobs_of_parent ON jobs (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (finished_at_ms) WHERE finished_at_ms IS NOT NULL;

CREATE TABLE job_log (
  id {{id}},
  job_id {{int}} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  at_ms {{int}} NOT NULL,
  level {{text}} NOT NULL,
  message {{text}} NOT NULL
){{strict}};
CREATE INDEX job_log_of_job ON job_log (job_id, id);

-- The journal, the trash and the history refer to rows that may be gone: what happened to a user's file is never forgotten with a
-- root, a file or a job.
CREATE TABLE replacements (
  id {{id}},
  state {{text}} NOT NULL,
  kind {{text}} NOT NULL,
  job_id {{int}},
  file_id {{int}},
  root_id {{int}},
  lease_epoch {{int}} NOT NULL,
  source_path {{text}} NOT NULL,
  target_path {{text}} NOT NULL,
  stage_directory {{text}} NOT NULL,
  stage_path {{text}} NOT NULL,
  trash_path {{text}},
  source_device {{int}} NOT NULL,
  source_inode {{int}} NOT NULL,
  source_size_bytes {{int}} NOT NULL,
  source_mtime_ns {{int}} NOT NULL,
  source_link_count {{int}} NOT NULL,
  staged_device {{int}},
  staged_inode {{int}},
  staged_size_bytes {{int}},
  source_fingerprint {{text}},
  staged_fingerprint {{text}},
  undo_of {{int}},
  facts {{text}},
  error {{text}},
  created_at_ms {{int}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX replacements_of_state ON replacements (state, id);
CREATE INDEX replacements_of_file ON replacements (file_id, id);
CREATE INDEX replacements_of_root ON replacements (root_id, state);
CREATE INDEX replacements_of_job ON replacements (job_id, id);

CREATE TABLE trash (
  id {{id}},
  state {{text}} NOT NULL,
  root_id {{int}},
  file_id {{int}},
  replacement_id {{int}},
  original_path {{text}} NOT NULL,
  trash_path {{text}} NOT NULL,
  device {{int}} NOT NULL,
  inode {{int}} NOT NULL,
  size_bytes {{int}} NOT NULL,
  mtime_ns {{int}} NOT NULL,
  expires_at_ms {{int}},
  created_at_ms {{int}} NOT NULL,
  updated_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX trash_of_state ON trash (state, expires_at_ms);
CREATE INDEX trash_of_replacement ON trash (replacement_id);

CREATE TABLE history (
  id {{id}},
  state {{text}} NOT NULL,
  file_id {{int}},
  root_id {{int}},
  job_id {{int}},
  trash_id {{int}},
  path {{text}} NOT NULL,
  path_before {{text}} NOT NULL,
  size_before_bytes {{int}} NOT NULL,
  size_after_bytes {{int}} NOT NULL,
  bytes_saved {{int}} NOT NULL,
  codec_before {{text}},
  codec_after {{text}},
  profile {{text}},
  encoder {{text}},
  seconds {{real}} NOT NULL,
  detail {{text}},
  can_undo {{int}} NOT NULL,
  created_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX history_by_time ON history (created_at_ms, id);
CREATE INDEX history_of_file ON history (file_id, id);
CREATE INDEX history_of_trash ON history (trash_id);

CREATE TABLE users (
  id {{id}},
  name {{text}} NOT NULL UNIQUE,
  role {{text}} NOT NULL,
  password_hash {{text}} NOT NULL,
  disabled {{int}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  last_login_at_ms {{int}}
){{strict}};

CREATE TABLE api_keys (
  id {{id}},
  name {{text}} NOT NULL,
  scope {{text}} NOT NULL,
  prefix {{text}} NOT NULL,
  hash {{text}} NOT NULL UNIQUE,
  expires_at_ms {{int}},
  last_used_at_ms {{int}},
  created_at_ms {{int}} NOT NULL
){{strict}};
