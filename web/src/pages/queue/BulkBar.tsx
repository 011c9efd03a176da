// What can be done with the selected jobs at once.
import { Button, Group, Menu, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, must } from "../../api/client.ts";
import { profilesQuery } from "../../api/queries.ts";
import type { Job, JobState, Schemas } from "../../api/types.ts";
import { formatCount, formatWord } from "../../format.ts";
import { IconChevronDown } from "../../icons.ts";
import { confirm, toastError, useAction } from "../../parts/feedback.tsx";

type BulkAction = Schemas["BulkInput"]["action"];
interface Order {
  action: BulkAction;
  value?: string;
}

const BUTTONS: Record<JobState, readonly BulkAction[]> = {
  held: ["release", "cancel", "delete"],
  pending: ["pause", "cancel"],
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  done: ["delete"],
  failed: ["retry", "delete"],
  cancelled: ["retry", "delete"],
  skipped: ["retry", "delete"],
};
const LABEL: Record<BulkAction, string> = { retry: "Retry", cancel: "Cancel", pause: "Pause", resume: "Resume", delete: "Forget", release: "Release", priority: "Priority", profile: "Profile" };

interface BulkBarProps {
  jobs: readonly Job[];
  state: JobState;
  onDone: () => void;
}

export function BulkBar({ jobs, state, onDone }: BulkBarProps) {
  const profiles = useQuery(profilesQuery);
  const bulk = useAction({
    run: (order: Order) => must(api.POST("/api/v1/jobs/bulk", { body: { ...order, ids: jobs.map((job) => job.id) } })),
    done: (result) => (result.done > 0 ? `${formatCount(result.done)} ${result.done === 1 ? "job was" : "jobs were"} changed.` : null),
    after: (result) => {
      const [first] = result.failed;
      if (first) toastError(new Error(first.error), `${formatCount(result.failed.length)} ${result.failed.length === 1 ? "job was" : "jobs were"} left as they are`);
      onDone();
    },
    changes: ["jobs", "stats"],
  });
  const ask = async (action: BulkAction): Promise<void> => {
    const grave = action === "cancel" || action === "delete";
    const text = action === "cancel" ? "What they have done so far is thrown away. Their files stay as they are." : "They disappear from the queue, with their logs. Files and history stay.";
    if (!grave || (await confirm({ title: `${LABEL[action]} ${formatCount(jobs.length)} jobs?`, text, action: LABEL[action], destructive: true }))) bulk.mutate({ action });
  };
  return (
    <Paper withBorder p="xs" px="sm" role="region" aria-label="Selected jobs">
      <Group gap="xs">
        <Text size="sm" fw={550} className="numbers" mr="xs">
          {formatCount(jobs.length)} selected
        </Text>
        {BUTTONS[state].map((action) => (
          <Button key={action} size="xs" variant="default" loading={bulk.isPending && bulk.variables.action === action} onClick={() => void ask(action)}>
            {LABEL[action]}
          </Button>
        ))}
        {(state === "pending" || state === "held") && (
          <>
            <Menu shadow="md">
              <Menu.Target>
                <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                  Priority
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {["high", "normal", "low"].map((value) => (
                  <Menu.Item key={value} onClick={() => bulk.mutate({ action: "priority", value })}>
                    {formatWord(value)}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Menu shadow="md">
              <Menu.Target>
                <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                  Profile
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {(profiles.data?.items ?? []).map((profile) => (
                  <Menu.Item key={profile.id} onClick={() => bulk.mutate({ action: "profile", value: String(profile.id) })}>
                    {profile.name}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          </>
        )}
        <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
          Clear the selection
        </Button>
      </Group>
    </Paper>
  );
}
