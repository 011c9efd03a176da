// One series over days: an area with a line, a few ticks, and the value under the pointer. The table beside it, for those who cannot
// see it, has the same figures.
import { VisuallyHidden } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useState, type PointerEvent } from "react";
import classes from "./AreaChart.module.css";

export interface Point {
  label: string;
  value: number;
}

interface AreaChartProps {
  title: string;
  points: readonly Point[];
  format: (value: number) => string;
  height?: number;
}

const LEFT = 64;
const BOTTOM = 22;
const TOP = 8;

/** A round number of at least `value`, and quarters of it. */
function scale(value: number): number {
  if (value <= 0) return 1;
  const unit = 1024 ** Math.floor(Math.log(value) / Math.log(1024));
  const inUnit = value / unit;
  const power = 10 ** Math.floor(Math.log10(inUnit));
  const step = [1, 2, 4, 5, 8, 10].find((factor) => factor * power >= inUnit) ?? 10;
  return step * power * unit;
}

export function AreaChart({ title, points, format, height = 200 }: AreaChartProps) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [hovered, setHovered] = useState<number | null>(null);
  const top = scale(Math.max(...points.map((point) => point.value)));
  const inner = Math.max(0, width - LEFT - 8);
  const x = (index: number): number => LEFT + (points.length > 1 ? (index * inner) / (points.length - 1) : inner / 2);
  const y = (value: number): number => TOP + (1 - value / top) * (height - TOP - BOTTOM);
  const line = points.map((point, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)},${y(point.value).toFixed(1)}`).join("");
  const area = `${line}L${x(points.length - 1)},${y(0)}L${x(0)},${y(0)}Z`;
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(inner / 90))));
  const find = (event: PointerEvent<SVGSVGElement>): void => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setHovered(Math.min(points.length - 1, Math.max(0, Math.round(((at - LEFT) / inner) * (points.length - 1)))));
  };
  const shown = hovered === null ? undefined : points[hovered];
  return (
    <figure className={classes.figure} ref={ref}>
      <VisuallyHidden component="figcaption">{title}</VisuallyHidden>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden onPointerMove={find} onPointerLeave={() => setHovered(null)}>
          {[0, 0.5, 1].map((part) => (
            <g key={part}>
              <line x1={LEFT} x2={width - 8} y1={y(top * part)} y2={y(top * part)} className={classes.grid} />
              <text x={LEFT - 8} y={y(top * part) + 4} textAnchor="end" className={classes.tick}>
                {format(top * part)}
              </text>
            </g>
          ))}
          <path d={area} className={classes.area} />
          <path d={line} className={classes.line} />
          {points.map((point, index) =>
            index % every === 0 ? (
              <text key={point.label} x={x(index)} y={height - 4} textAnchor={index === 0 ? "start" : "middle"} className={classes.tick}>
                {point.label}
              </text>
            ) : null,
          )}
          {shown && hovered !== null && (
            <g>
              <line x1={x(hovered)} x2={x(hovered)} y1={TOP} y2={height - BOTTOM} className={classes.cursor} />
              <circle cx={x(hovered)} cy={y(shown.value)} r={4} className={classes.dot} />
            </g>
          )}
        </svg>
      )}
      {shown && hovered !== null && (
        <div className={classes.tip} style={{ left: Math.min(Math.max(x(hovered), LEFT + 40), width - 60) }}>
          <b>{format(shown.value)}</b>
          <span>{shown.label}</span>
        </div>
      )}
      <VisuallyHidden component="table">
        <caption>{title}</caption>
        <tbody>
          {points.map((point) => (
            <tr key={point.label}>
              <th scope="row">{point.label}</th>
              <td>{format(point.value)}</td>
            </tr>
          ))}
        </tbody>
      </VisuallyHidden>
    </figure>
  );
}
