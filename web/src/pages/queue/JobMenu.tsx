// What can be done to one job.
import { ActionIcon, Menu } from "@mantine/core";
import { api, must } from "../../api/client.ts";
import { isOver, type Job, type JobPriority } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatWord } from "../../format.ts";
import { IconArrowBarToDown, IconArrowBarToUp, IconArrowDown, IconArrowUp, IconCheck, IconDotsVertical, IconEye, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRefresh, IconTrash } from "../../icons.ts";
import { useAction } from "../../parts/feedback.tsx";
import { useJobVerb, VERB_LABEL, verbsFor } from "../../parts/jobActions.ts";
import type { Move } from "./JobList.tsx";

export interface Neighbours {
  first?: number | undefined;
  before?: number | undefined;
  after?: number | undefined;
  last?: number | undefined;
}

const ICONS = { pause: IconPlayerPause, resume: IconPlayerPlay, cancel: IconPlayerStop, retry: IconRefresh, release: IconCheck };
const PRIORITIES: readonly JobPriority[] = ["high", "normal", "low"];

interface JobMenuProps {
  job: Job;
  name: string;
  neighbours: Neighbours;
  onMove: (move: Move) => void;
  onOpen: () => void;
}

export function JobMenu({ job, name, neighbours, onMove, onOpen }: JobMenuProps) {
  const mayOperate = useMay("operator");
  const changes = ["jobs", "stats"] as const;
  const { choose } = useJobVerb(job, name);
  const prioritise = useAction({
    run: (priority: JobPriority) => must(api.PATCH("/api/v1/jobs/{id}", { params: { path: { id: job.id } }, body: { priority } })),
    done: (_, priority) => `${name} has ${priority} priority now.`,
    changes,
  });
  const forget = useAction({ run: () => must(api.DELETE("/api/v1/jobs/{id}", { params: { path: { id: job.id } } })), done: () => `${name} is forgotten.`, changes });
  const ends: [string, number | undefined, typeof IconArrowUp][] = [
    ["To the top", neighbours.first, IconArrowBarToUp],
    ["Up", neighbours.before, IconArrowUp],
    ["Down", neighbours.after, IconArrowDown],
    ["To the end", neighbours.last, IconArrowBarToDown],
  ];
  return (
    <Menu position="bottom-end" shadow="md" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`}>
          <IconDotsVertical size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconEye size={16} />} onClick={onOpen}>
          Details and log
        </Menu.Item>
        {mayOperate &&
          verbsFor(job).map((verb) => {
            const Icon = ICONS[verb];
            return (
              <Menu.Item key={verb} leftSection={<Icon size={16} />} onClick={() => choose(verb)}>
                {VERB_LABEL[verb]}
              </Menu.Item>
            );
          })}
        {mayOperate && (isOver(job) || job.state === "held") && (
          <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => forget.mutate()}>
            Forget
          </Menu.Item>
        )}
        {ends.some(([, other]) => other !== undefined && other !== job.id) && (
          <>
            <Menu.Divider />
            <Menu.Label>Order</Menu.Label>
            {ends.map(([label, other, Icon]) => (
              <Menu.Item key={label} leftSection={<Icon size={16} />} disabled={other === undefined || other === job.id} onClick={() => other !== undefined && onMove({ id: job.id, side: "before", other })}>
                {label}
              </Menu.Item>
            ))}
          </>
        )}
        {mayOperate && job.state === "pending" && (
          <>
            <Menu.Divider />
            <Menu.Label>Priority</Menu.Label>
            {PRIORITIES.map((priority) => (
              <Menu.Item key={priority} rightSection={job.priority === priority && <IconCheck size={15} />} onClick={() => prioritise.mutate(priority)}>
                {formatWord(priority)}
              </Menu.Item>
            ))}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
