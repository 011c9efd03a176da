// Windows of a week as people read them and as they lie in the days. What a window means is the server's (governor/timetable.h): it
// belongs to the day it starts on, and an end that is not after its start is on the next day.
import type { TimeWindow } from "../../api/types.ts";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
export const DAY_MINUTES = 24 * 60;

const SHORT: Record<Day, string> = { mon: "Mon", tue: "Tue", wed: "Wed", thu: "Thu", fri: "Fri", sat: "Sat", sun: "Sun" };
const LONG: Record<Day, string> = { mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday" };
export const shortDay = (day: Day): string => SHORT[day];
export const longDay = (day: Day): string => LONG[day];

/** Minutes since midnight; null for what is no time of a day. */
export function minutesOf(time: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  const at = Number(hours) * 60 + Number(minutes);
  return hours !== undefined && Number(minutes) < 60 && at <= DAY_MINUTES ? at : null;
}

/** What somebody types in a hurry, as a time: "7", "730", "7.30" and "7:30" are early; what is none stays as it is. */
export function tidyTime(text: string): string {
  const [, hours, minutes = "00"] = /^(\d{1,2})(?:[:.h ]?(\d\d))?$/.exec(text.trim()) ?? [];
  return hours === undefined ? text.trim() : `${hours.padStart(2, "0")}:${minutes}`;
}

/** "Mon–Fri", "Sat, Sun", "Every day": three days and more in a row are a range. */
export function daysText(days: readonly string[]): string {
  const chosen = DAYS.filter((day) => days.includes(day));
  if (chosen.length === DAYS.length) return "Every day";
  const runs: Day[][] = [];
  for (const day of chosen) {
    const last = runs.at(-1);
    const before = last?.at(-1);
    if (last && before && DAYS.indexOf(day) === DAYS.indexOf(before) + 1) last.push(day);
    else runs.push([day]);
  }
  return runs.flatMap((run) => (run.length > 2 ? [`${SHORT[run[0] as Day]}–${SHORT[run.at(-1) as Day]}`] : run.map(shortDay))).join(", ");
}

/** "Mon–Fri 22:00 to 06:00 the next day", "Sat, Sun all day". */
export function windowText({ days, start, end }: TimeWindow): string {
  const [from, to] = [minutesOf(start), minutesOf(end)];
  const which = daysText(days) || "No day";
  if (from === 0 && to === DAY_MINUTES) return `${which} all day`;
  return `${which} ${start} to ${end}${from !== null && to !== null && to < from && to > 0 ? " the next day" : ""}`;
}

/** A stretch of one day, in minutes. */
export interface Stretch {
  day: number;
  from: number;
  to: number;
}

/** Where the windows lie; what runs past midnight goes on in the next day, on Sunday in Monday. Windows that are no windows yet are left out. */
export function stretchesOf(windows: readonly TimeWindow[]): Stretch[] {
  return windows.flatMap(({ days, start, end }) => {
    const [from, to] = [minutesOf(start), minutesOf(end)];
    if (from === null || to === null || from === to) return [];
    return DAYS.flatMap((name, day) => {
      if (!days.includes(name)) return [];
      if (to > from) return [{ day, from, to }];
      const rest = { day: (day + 1) % DAYS.length, from: 0, to };
      return [{ day, from, to: DAY_MINUTES }, ...(to > 0 ? [rest] : [])];
    });
  });
}
