// Which track of a file should be the default by the policy, why, and the button that sees to it.
import { Alert, Anchor, Button, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { audioPreviewQuery, audioResultsQuery, jobQuery, someJobsQuery } from "../../api/queries.ts";
import { isOver, type LibraryFile } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { IconVolume } from "../../icons.ts";
import { languageName } from "../../languages.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { toastUndo, toastDone, toastError, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { useUndo } from "../../parts/useUndo.ts";
import { OutcomeBadge, OutcomeOf } from "../audio/Outcome.tsx";
import { isChange } from "../audio/words.ts";

/** Says what came of a job that was started here, once it is over. */
function useOutcomeToast(): { watch: (job: number) => void; isWatching: boolean } {
  const [watched, setWatched] = useState<number | null>(null);
  const job = useQuery({ ...jobQuery(watched ?? 0), enabled: watched !== null });
  const over = job.data !== undefined && job.data.id === watched && isOver(job.data) ? job.data : null;
  const results = useInfiniteQuery({ ...audioResultsQuery(watched ?? 0, undefined), enabled: over !== null, staleTime: 0, placeholderData: undefined });
  const undo = useUndo();
  const { mutate } = undo;
  const client = useQueryClient();
  const result = over ? results.data?.pages[0]?.items[0] : undefined;
  const error = over && over.state !== "done" ? (over.error ?? "The job did not end well.") : null;
  useEffect(() => {
    if (error !== null) {
      toastError(new Error(error));
      setWatched(null);
    } else if (result) {
      // The button above is for what the file is now.
      for (const resource of ["audio-preview", "files", "history"]) void client.invalidateQueries({ queryKey: [resource] });
      const { history_id: id, language, reason } = result;
      const said = language ? `${languageName(language)} is the default now.` : reason;
      if (id !== null) toastUndo(said, () => mutate({ id, said: "The marks are being set back." }));
      else toastDone(reason);
      setWatched(null);
    }
  }, [result, error, mutate, client]);
  return { watch: setWatched, isWatching: watched !== null };
}

/** What the last message of Sonarr or Radarr about this file came to. */
function LastJob({ file }: { file: LibraryFile }) {
  const jobs = useQuery(someJobsQuery({ file: file.id, kind: "audio" }, 1));
  const job = jobs.data?.items[0];
  const results = useInfiniteQuery({ ...audioResultsQuery(job?.id ?? 0, undefined), enabled: job !== undefined });
  const result = results.data?.pages.flatMap((page) => page.items).find((each) => each.file_id === file.id);
  if (!job || !result) return null;
  return (
    <Alert color="gray" p="sm" mb="sm" title={<>After the last import: <OutcomeBadge outcome={result.outcome} /></>}>
      <Text size="sm">
        {result.reason}{" "}
        <Anchor component={Link} href={`/audio/batches/${job.id}`} size="sm" c="inherit" underline="always">
          Job {job.id}
        </Anchor>
        , <Ago ms={result.at_ms} />
      </Text>
    </Alert>
  );
}

export function AudioCard({ file }: { file: LibraryFile }) {
  const mayOperate = useMay("operator");
  const preview = useQuery({ ...audioPreviewQuery({ files: [file.id], limit: 1 }), staleTime: 0 });
  const toast = useOutcomeToast();
  const found = preview.data?.items[0];
  const set = useAction({
    run: () => must(api.POST("/api/v1/audio/batches", { body: { files: [file.id], priority: "high" } })),
    after: ({ job }) => toast.watch(job),
    changes: ["jobs", "stats"],
  });
  return (
    <Card
      title="Default track"
      actions={
        mayOperate && (
          <Button size="xs" variant="default" leftSection={<IconVolume size={15} />} disabled={!found || !isChange(found.result.outcome)} loading={set.isPending || toast.isWatching} onClick={() => set.mutate()}>
            Set the right track now
          </Button>
        )
      }
    >
      <LastJob file={file} />
      <Loaded query={preview}>
        {({ items: [first] }) =>
          first ? (
            <OutcomeOf preview={first} />
          ) : (
            <Text size="sm" c="dimmed">
              The file is not there now, so nothing can be said about its tracks.
            </Text>
          )
        }
      </Loaded>
    </Card>
  );
}
