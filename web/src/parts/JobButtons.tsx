// The buttons for what can be done to a job as it stands.
import { Button } from "@mantine/core";
import type { Job } from "../api/types.ts";
import { useMay } from "../app/session.ts";
import { useJobVerb, VERB_LABEL, verbsFor } from "./jobActions.ts";

export function JobButtons({ job, name }: { job: Job; name: string }) {
  const mayOperate = useMay("operator");
  const { act, choose } = useJobVerb(job, name);
  if (!mayOperate) return null;
  return verbsFor(job).map((verb) => (
    <Button key={verb} size="compact-sm" variant="default" loading={act.isPending && act.variables === verb} onClick={() => choose(verb)}>
      {VERB_LABEL[verb]}
    </Button>
  ));
}
