// The frame of a page: its heading, what can be done there, and the window's title.
import { Group, Text, Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import classes from "./Page.module.css";

interface PageProps {
  title: string;
  /** Above the title: where this page belongs to. */
  crumbs?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Fills the window, so that what is inside scrolls. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, crumbs, description, actions, fill, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Reeve`;
  }, [title]);
  return (
    <div className={classes.page} data-fill={fill || undefined}>
      <header className={classes.header}>
        <div className={classes.heading}>
          {crumbs}
          <Title order={1}>{title}</Title>
          {description && (
            <Text c="dimmed" size="sm">
              {description}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </header>
      {children}
    </div>
  );
}
