-- Where each claimer looks: of each kind and root a line of its own, so that the jobs of a root that is shut cost a claim no more
-- than one look. Jobs of no root are in line 0. The order is JOB_QUEUE_ORDER of src/store/job.h; run_after_ms comes along so that
-- what must wait is passed over without reading its row.
DROP INDEX jobs_claim;
CREATE INDEX jobs_claim ON jobs
  (kind, (COALESCE(root_id, 0)), (CASE priority WHEN 'webhook' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END), position,
   id, run_after_ms)
  WHERE state = 'pending';
