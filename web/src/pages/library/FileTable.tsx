// The library's table: as many rows as there are files, as few elements as fit the window.
import { Checkbox, UnstyledButton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type CSSProperties } from "react";
import { Link } from "wouter";
import type { FileFilter } from "../../api/queries.ts";
import type { FileItem } from "../../api/types.ts";
import { fileName, formatBytes, formatCodec, formatResolution } from "../../format.ts";
import { IconArrowDown, IconArrowUp } from "../../icons.ts";
import type { Column } from "./columns.tsx";
import classes from "./FileTable.module.css";

const ROW_PX = 42;
const AHEAD = 20; // rows before the end at which the next page is asked for

type Sort = NonNullable<FileFilter["sort"]>;
export interface Order {
  sort: Sort;
  descending: boolean;
}

interface FileTableProps {
  files: readonly FileItem[];
  columns: readonly Column[];
  order: Order;
  onOrder: (order: Order) => void;
  selected: ReadonlySet<number> | null;
  onSelect: (ids: ReadonlySet<number>) => void;
  hasMore: boolean;
  loadMore: () => void;
}

function SortHead({ label, sort, order, onOrder, number }: { label: string; sort: Sort | undefined; order: Order; onOrder: (order: Order) => void; number?: boolean | undefined }) {
  const active = sort !== undefined && order.sort === sort;
  return (
    <div role="columnheader" aria-sort={active ? (order.descending ? "descending" : "ascending") : "none"} className={classes.head} data-number={number || undefined}>
      {sort ? (
        <UnstyledButton className={classes.sort} data-active={active || undefined} onClick={() => onOrder({ sort, descending: active ? !order.descending : sort !== "path" })}>
          {label}
          {active && (order.descending ? <IconArrowDown size={13} /> : <IconArrowUp size={13} />)}
        </UnstyledButton>
      ) : (
        label
      )}
    </div>
  );
}

function toggled(set: ReadonlySet<number>, id: number, on: boolean): ReadonlySet<number> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

export function FileTable({ files, columns, order, onOrder, selected, onSelect, hasMore, loadMore }: FileTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: files.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 12 });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= files.length - AHEAD) loadMore();
  }, [hasMore, last, files.length, loadMore]);

  const style = { "--columns": `${selected ? "2.25rem " : ""}minmax(14rem, 2.4fr) ${columns.map((column) => column.width).join(" ")}` } as CSSProperties;
  const all = selected !== null && files.length > 0 && files.every((file) => selected.has(file.id));
  return (
    <div className={classes.scroller} ref={scroller} tabIndex={0} role="region" aria-label="Files">
      <div role="table" aria-label="Files" aria-rowcount={hasMore ? -1 : files.length + 1} className={classes.table} style={style}>
        <div role="rowgroup" className={classes.headGroup}>
          <div role="row" aria-rowindex={1} className={classes.row}>
            {selected && (
              <div role="columnheader" className={classes.check}>
                <Checkbox size="xs" aria-label="Select all that are loaded" checked={all} indeterminate={!all && selected.size > 0} onChange={() => onSelect(all ? new Set() : new Set(files.map((file) => file.id)))} />
              </div>
            )}
            <SortHead label="Name" sort="path" order={order} onOrder={onOrder} />
            {columns.map((column) => (
              <SortHead key={column.id} label={column.label} sort={column.sort} number={column.number} order={order} onOrder={onOrder} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
          {rows.map((row) => {
            const file = files[row.index];
            if (!file) return null;
            return (
              <div key={file.id} role="row" aria-rowindex={row.index + 2} className={classes.row} data-selected={selected?.has(file.id) || undefined} style={{ height: row.size, transform: `translateY(${row.start}px)` }}>
                {selected && (
                  <div role="cell" className={classes.check}>
                    <Checkbox size="xs" aria-label={`Select ${fileName(file.path)}`} checked={selected.has(file.id)} onChange={(event) => onSelect(toggled(selected, file.id, event.currentTarget.checked))} />
                  </div>
                )}
                <div role="cell" className={classes.name}>
                  <Link href={`/library/${file.id}`} className="truncate" title={file.path}>
                    {fileName(file.path)}
                  </Link>
                  <span className={classes.brief}>
                    {formatBytes(file.size_bytes)} · {formatCodec(file.video_codec)} · {formatResolution(file.width, file.height)}
                  </span>
                </div>
                {columns.map((column) => (
                  <div key={column.id} role="cell" className={classes.cell} data-number={column.number || undefined}>
                    {column.show(file)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
