// A table that becomes a list of paragraphs where there is no room for columns.
import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./StackedTable.module.css";

interface StackedTableProps {
  label: string;
  /** Below this the table scrolls sideways, in px; on a phone it never does. */
  width: number;
  /** The cells of its head. */
  head: ReactNode;
  /** Rows. A cell with data-wide has a line of its own on a phone. */
  children: ReactNode;
}

export function StackedTable({ label, width, head, children }: StackedTableProps) {
  return (
    <div className={classes.scroll} role="region" aria-label={label} tabIndex={0}>
      <Table className={classes.table} style={{ "--table-width": `${width}px` }}>
        <Table.Thead>
          <Table.Tr>{head}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </div>
  );
}
