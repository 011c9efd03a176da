// What stands where there is nothing yet: says why, and what to do next.
import { Text } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface EmptyStateProps {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  small?: boolean;
}

export function EmptyState({ icon: Icon, title, children, action, small }: EmptyStateProps) {
  return (
    <div className={classes.empty} data-small={small || undefined}>
      <span className={classes.icon} aria-hidden>
        <Icon size={small ? 20 : 26} stroke={1.6} />
      </span>
      <Text fw={600}>{title}</Text>
      {children && (
        <Text size="sm" c="dimmed" maw={420}>
          {children}
        </Text>
      )}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  );
}
