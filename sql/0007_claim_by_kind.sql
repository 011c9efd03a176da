-- Each worker claims jobs of a kind: without the jobs of other kinds that wait before them. The order is JOB_QUEUE_ORDER of
-- src/store/job.h; run_after_ms and root_id come along so that what must wait is passed over without reading its row.
CREATE INDEX jobs_claim ON jobs
  (kind, (CASE priority WHEN 'webhook' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END), position, id, run_after_ms,
   root_id)
  WHERE state = 'pending';
