import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Card.module.css";

interface CardProps {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string | undefined;
  /** Rows and tables that reach the card's edges. */
  flush?: boolean;
}

export function Card({ title, actions, children, className, flush }: CardProps) {
  return (
    <Paper component="section" withBorder className={`${classes.card} ${className ?? ""}`}>
      {title !== undefined && (
        <div className={classes.head}>
          <Text component="h2" className={classes.title}>
            {title}
          </Text>
          {actions && <div className={classes.actions}>{actions}</div>}
        </div>
      )}
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </Paper>
  );
}
