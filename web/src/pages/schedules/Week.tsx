// A week at a glance: the hours at which work may run.
import type { TimeWindow } from "../../api/types.ts";
import classes from "./Schedules.module.css";
import { DAY_MINUTES, DAYS, shortDay, stretchesOf, windowText } from "./week.ts";

const HOURS = [0, 6, 12, 18, 24];
const part = (minutes: number): string => `${(100 * minutes) / DAY_MINUTES}%`;

export function Week({ windows }: { windows: readonly TimeWindow[] }) {
  const stretches = stretchesOf(windows);
  return (
    <div className={classes.week} role="img" aria-label={`Work may run: ${windows.map(windowText).join("; ") || "never"}`}>
      {DAYS.map((name, day) => (
        <div key={name} className={classes.weekDay}>
          <span>{shortDay(name)}</span>
          <div className={classes.hours}>
            {stretches
              .filter((stretch) => stretch.day === day)
              .map(({ from, to }) => (
                <i key={`${from}-${to}`} className={classes.open} style={{ left: part(from), width: part(to - from) }} />
              ))}
          </div>
        </div>
      ))}
      <div className={classes.weekDay}>
        <span />
        <div className={classes.scale}>
          {HOURS.map((hour) => (
            <span key={hour} style={{ left: part(hour * 60) }}>
              {hour}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}
