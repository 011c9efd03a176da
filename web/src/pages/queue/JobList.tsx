// Jobs as rows. Waiting ones can be put into another order: by dragging, by the keyboard on the handle, or from the row's menu.
import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { ActionIcon, Checkbox, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, must } from "../../api/client.ts";
import { governorQuery } from "../../api/queries.ts";
import { encodeDetail, isActive, type Job } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { fileName, formatWord } from "../../format.ts";
import { IconGripVertical } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { useAction } from "../../parts/feedback.tsx";
import { heldBack } from "../../parts/governor.ts";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { JobMenu, type Neighbours } from "./JobMenu.tsx";
import classes from "./Queue.module.css";

export interface Move {
  id: number;
  side: "before" | "after";
  other: number;
}

interface RowProps {
  job: Job;
  sortable: boolean;
  selectable: boolean;
  selected: boolean;
  onSelect: (on: boolean) => void;
  onOpen: () => void;
  onMove: (move: Move) => void;
  neighbours: Neighbours;
}

function JobState({ job }: { job: Job }) {
  const { data: governor } = useQuery(governorQuery);
  if (isActive(job)) return <JobProgress job={job} facts={encodeDetail(job) !== null || job.state === "paused" || job.waiting !== null} />;
  const held = heldBack(governor, job);
  return (
    <div className={classes.sub} title={held?.sentence}>
      {held?.short ?? job.error ?? job.waiting ?? (job.finished_at_ms ? <>ended <Ago ms={job.finished_at_ms} /></> : <>added <Ago ms={job.created_at_ms} /></>)}
    </div>
  );
}

function JobRow({ job, sortable, selectable, selected, onSelect, onOpen, onMove, neighbours }: RowProps) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id: job.id, disabled: !sortable });
  const name = job.kind === "scan" ? `Scan of ${job.title}` : fileName(job.title);
  return (
    <li ref={setNodeRef} className={classes.job} data-selected={selected || undefined} data-dragging={isDragging || undefined} style={{ transform: CSS.Translate.toString(transform), transition: transition ?? "" }}>
      {sortable ? (
        <ActionIcon ref={setActivatorNodeRef} variant="subtle" color="gray" className={classes.handle} {...attributes} {...listeners} aria-label={`Move ${name}`}>
          <IconGripVertical size={17} />
        </ActionIcon>
      ) : (
        <span />
      )}
      {selectable ? <Checkbox size="xs" aria-label={`Select ${name}`} checked={selected} onChange={(event) => onSelect(event.currentTarget.checked)} /> : <span />}
      <UnstyledButton className={classes.title} onClick={onOpen}>
        <span className={`truncate ${classes.name}`} title={job.title}>
          {name}
        </span>
        <span className={classes.sub}>
          {formatWord(job.kind)}
          {job.priority !== "normal" && ` · ${job.priority} priority`}
          {job.attempts > 1 && ` · attempt ${job.attempts} of ${job.max_attempts}`}
        </span>
      </UnstyledButton>
      <div className={classes.state}>
        <JobState job={job} />
      </div>
      <JobMenu job={job} name={name} neighbours={neighbours} onMove={onMove} onOpen={onOpen} />
    </li>
  );
}

interface JobListProps {
  jobs: readonly Job[];
  sortable: boolean;
  selected: ReadonlySet<number>;
  onSelect: (ids: ReadonlySet<number>) => void;
  onOpen: (id: number) => void;
}

export function JobList({ jobs, sortable, selected, onSelect, onOpen }: JobListProps) {
  const mayOperate = useMay("operator");
  // A row stays where it was put while the server is told.
  const [order, setOrder] = useState<number[] | null>(null);
  useEffect(() => setOrder(null), [jobs]);
  const rank = new Map(order?.map((id, index) => [id, index]));
  const shown = order ? [...jobs].sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0)) : jobs;
  const move = useAction({
    run: ({ id, side, other }: Move) => must(api.PATCH("/api/v1/jobs/{id}", { params: { path: { id } }, body: side === "before" ? { before: other } : { after: other } })),
    changes: ["jobs"],
  });
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const moveTo = (from: number, to: number): void => {
    const moved = shown[from];
    const other = shown[to];
    if (!moved || !other || from === to) return;
    setOrder(arrayMove(shown.map((job) => job.id), from, to));
    move.mutate({ id: moved.id, side: to < from ? "before" : "after", other: other.id }, { onError: () => setOrder(null) });
  };
  const onDragEnd = ({ active, over }: DragEndEvent): void => {
    if (over) moveTo(shown.findIndex((job) => job.id === active.id), shown.findIndex((job) => job.id === over.id));
  };
  const canSort = sortable && mayOperate;
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={onDragEnd}>
      <SortableContext items={shown.map((job) => job.id)} strategy={verticalListSortingStrategy}>
        <ul className={classes.list}>
          {shown.map((job, index) => (
            <JobRow
              key={job.id}
              job={job}
              sortable={canSort}
              selectable={mayOperate}
              selected={selected.has(job.id)}
              onSelect={(on) => onSelect(new Set(on ? [...selected, job.id] : [...selected].filter((id) => id !== job.id)))}
              onOpen={() => onOpen(job.id)}
              onMove={({ id, other }) => moveTo(shown.findIndex((each) => each.id === id), shown.findIndex((each) => each.id === other))}
              neighbours={canSort ? { first: shown[0]?.id, before: shown[index - 1]?.id, after: shown[index + 1]?.id, last: shown.at(-1)?.id } : {}}
            />
          ))}
        </ul>
      </SortableContext>
    </DndContext>
  );
}
