// How much of something is used, in words and as a bar.
import { Progress, Tooltip } from "@mantine/core";
import classes from "./Meter.module.css";

const TIGHT = 0.9;

export function Meter({ label, part, value, help }: { label: string; part: number; value: string; help?: string }) {
  const meter = (
    <div>
      <div className={classes.head}>
        <span className="truncate">{label}</span>
        <span>{value}</span>
      </div>
      <Progress value={part * 100} size={6} color={part >= TIGHT ? "orange" : "moss"} aria-label={`${label}: ${value}`} />
    </div>
  );
  return help ? (
    <Tooltip label={help} position="left">
      {meter}
    </Tooltip>
  ) : (
    meter
  );
}
