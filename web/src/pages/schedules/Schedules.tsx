// The schedules: at which times of the week encodes may run, and which roots they hold for.
import { ActionIcon, Badge, Button, Group, Menu, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { rootsQuery, schedulesQuery } from "../../api/queries.ts";
import type { Root, Schedule } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { IconCalendarClock, IconDotsVertical, IconPencil, IconPlus, IconTrash } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { HeldBack, HoldButton } from "../../parts/HeldBack.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { ScheduleForm } from "./ScheduleForm.tsx";
import classes from "./Schedules.module.css";
import { windowText } from "./week.ts";
import { Week } from "./Week.tsx";

const AT_END: Record<Schedule["at_end"], string> = { drain: "what runs is finished", freeze: "what runs is frozen until the next one" };

function Uses({ schedule, roots }: { schedule: Schedule; roots: readonly Root[] }) {
  const own = roots.filter((root) => root.schedule_id === schedule.id).map((root) => root.name || root.path);
  const others = roots.filter((root) => root.schedule_id === null).map((root) => root.name || root.path);
  const used = schedule.everywhere ? [...own, ...others] : own;
  if (used.length > 0) return <>Used by {used.join(", ")}</>;
  if (schedule.everywhere) return <>Every root names a schedule of its own, so this one holds for none.</>;
  return (
    <>
      No root uses it, so it holds nothing back. A root is given its schedule among <Link href="/roots">its settings</Link>.
    </>
  );
}

function ScheduleCard({ schedule, roots, onEdit }: { schedule: Schedule; roots: readonly Root[]; onEdit: () => void }) {
  const mayChange = useMay("admin");
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/schedules/{id}", { params: { path: { id: schedule.id } } })), done: () => `The schedule ${schedule.name} is gone.`, changes: ["schedules", "governor"] });
  const ask = async (): Promise<void> => {
    if (await confirm({ title: `Delete the schedule ${schedule.name}?`, text: "What it holds back may run at any time then.", action: "Delete", destructive: true })) remove.mutate();
  };
  return (
    <Card
      title={
        <Group gap="xs" component="span">
          {schedule.name}
          {schedule.everywhere && <Badge size="sm">everywhere</Badge>}
          {!schedule.enabled && (
            <Badge size="sm" color="gray">
              off
            </Badge>
          )}
        </Group>
      }
      actions={
        mayChange && (
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${schedule.name}`}>
                <IconDotsVertical size={17} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
                Edit
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void ask()}>
                Delete
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )
      }
    >
      <Stack gap="xs">
        <ul className={classes.windows}>
          {schedule.windows.map((window, index) => (
            <li key={index}>{windowText(window)}</li>
          ))}
        </ul>
        <Week windows={schedule.windows} />
        <Text size="xs" c="dimmed">
          {schedule.zone}. At the end of a window {AT_END[schedule.at_end]}.
        </Text>
        <Text size="xs" c="dimmed">
          {schedule.enabled ? <Uses schedule={schedule} roots={roots} /> : "It is off: where it would hold, work may run at any time."}
        </Text>
      </Stack>
    </Card>
  );
}

export default function Schedules() {
  const url = useUrlState();
  const mayChange = useMay("admin");
  const schedules = useQuery(schedulesQuery);
  const roots = useQuery(rootsQuery);
  const edited = url.get("edit");
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => url.set({ add: "schedule" })}>
      Add a schedule
    </Button>
  );
  return (
    <Page
      title="Schedules"
      description="When encodes may run. Scans, imports and audio tracks are light, and run at any time."
      actions={
        <>
          <HoldButton />
          {mayChange && add}
        </>
      }
    >
      <HeldBack />
      <Loaded query={schedules} bones={<Skeleton height={260} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <EmptyState icon={IconCalendarClock} title="No schedules: work runs at any time" action={mayChange && add}>
                A schedule keeps encodes to hours when nobody minds them: at night, when power is cheap, when nobody watches a film from the same machine. What runs when a window ends is finished, or frozen where it is until the next one.
              </EmptyState>
            </Card>
          ) : (
            <div className={classes.grid}>
              {items.map((schedule) => (
                <ScheduleCard key={schedule.id} schedule={schedule} roots={roots.data?.items ?? []} onEdit={() => url.set({ edit: String(schedule.id) })} />
              ))}
            </div>
          )
        }
      </Loaded>
      {mayChange && <ScheduleForm opened={url.get("add") !== undefined || edited !== undefined} id={edited ? Number(edited) : null} onClose={() => url.set({ add: undefined, edit: undefined })} />}
    </Page>
  );
}
