// The windows of a schedule: a row for each, with the days it starts on, when it opens and when it shuts, and what that means in words.
import { ActionIcon, Button, Checkbox, Group, Input, Stack, Text, TextInput } from "@mantine/core";
import type { TimeWindow } from "../../api/types.ts";
import type { RecordForm } from "../../forms/useRecordForm.ts";
import { formatSpan } from "../../format.ts";
import { IconPlus, IconX } from "../../icons.ts";
import classes from "./Schedules.module.css";
import { DAY_MINUTES, DAYS, longDay, minutesOf, shortDay, tidyTime, windowText } from "./week.ts";
import { Week } from "./Week.tsx";

const NEW: TimeWindow = { days: [...DAYS], start: "22:00", end: "06:00" };
const MINUTE_MS = 60_000;

/** How long a window is open each time; nothing for what is no window yet. */
function lengthOf({ start, end }: TimeWindow): string {
  const [from, to] = [minutesOf(start), minutesOf(end)];
  return from === null || to === null || from === to ? "" : `, ${formatSpan((to > from ? to - from : to + DAY_MINUTES - from) * MINUTE_MS)}`;
}

interface RowProps {
  window: TimeWindow;
  number: number;
  errorOf: (field: keyof TimeWindow) => string | undefined;
  change: (changes: Partial<TimeWindow>) => void;
  remove: (() => void) | undefined;
}

function Row({ window, number, errorOf, change, remove }: RowProps) {
  const time = (field: "start" | "end", label: string) => (
    <TextInput
      label={label}
      aria-label={`${label}, window ${number}`}
      inputMode="numeric"
      w={84}
      value={window[field]}
      onChange={(event) => change({ [field]: event.currentTarget.value })}
      onBlur={(event) => change({ [field]: tidyTime(event.currentTarget.value) })}
      error={errorOf(field) !== undefined}
    />
  );
  const errors = [errorOf("days"), errorOf("start"), errorOf("end")].filter((error) => error !== undefined);
  return (
    <div className={classes.window} role="group" aria-label={`Window ${number}`}>
      <div className={classes.days}>
        {DAYS.map((day) => (
          <Checkbox
            key={day}
            size="xs"
            label={shortDay(day)}
            aria-label={`${longDay(day)}, window ${number}`}
            checked={window.days.includes(day)}
            onChange={(event) => change({ days: DAYS.filter((each) => (each === day ? event.currentTarget.checked : window.days.includes(each))) })}
          />
        ))}
      </div>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        {time("start", "From")}
        {time("end", "To")}
        {remove && (
          <ActionIcon variant="subtle" color="gray" size="input-sm" aria-label={`Remove window ${number}`} onClick={remove}>
            <IconX size={16} />
          </ActionIcon>
        )}
      </Group>
      <Text size="xs" c="dimmed" className={classes.words}>
        {windowText(window)}
        {lengthOf(window)}
      </Text>
      {errors.map((error) => (
        <Text key={error} size="xs" c="var(--mantine-color-error)" role="alert" className={classes.words}>
          {error}
        </Text>
      ))}
    </div>
  );
}

const FIELD_WORD: Record<keyof TimeWindow, string> = { days: "Days", start: "From", end: "To" };

export function Windows({ form, description }: { form: RecordForm; description: string | undefined }) {
  const windows = form.values.windows as TimeWindow[];
  /** The server's words, which begin with the path of the field, with the row's own name of it. */
  const errorOf = (index: number, field: keyof TimeWindow): string | undefined => {
    const path = `windows.${index}.${field}`;
    return form.errorOf(path)?.replace(path, FIELD_WORD[field]);
  };
  const placed = windows.some((_, index) => (["days", "start", "end"] as const).some((field) => errorOf(index, field) !== undefined));
  const change = (index: number, changes: Partial<TimeWindow>): void => {
    const [field] = Object.keys(changes);
    const next = windows.map((window, at) => (at === index ? { ...window, ...changes } : window));
    form.set("windows", next, `windows.${index}.${field ?? ""}`);
  };
  return (
    <Input.Wrapper label="Windows" labelElement="div" description={description} error={placed ? undefined : form.errorOf("windows")}>
      <Stack gap="xs" mt="xs">
        {windows.map((window, index) => (
          <Row
            key={index}
            window={window}
            number={index + 1}
            errorOf={(field) => errorOf(index, field)}
            change={(changes) => change(index, changes)}
            remove={windows.length > 1 ? () => form.set("windows", windows.filter((_, at) => at !== index)) : undefined}
          />
        ))}
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={() => form.set("windows", [...windows, NEW])} style={{ alignSelf: "flex-start" }}>
          Add a window
        </Button>
        <Week windows={windows} />
      </Stack>
    </Input.Wrapper>
  );
}

export const FIRST_WINDOWS: readonly TimeWindow[] = [NEW];
