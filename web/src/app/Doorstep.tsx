// The page before one is in: a card in the middle.
import { Paper, Stack, Text, Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import classes from "./Doorstep.module.css";

export function Doorstep({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Reeve`;
  }, [title]);
  return (
    <main className={classes.doorstep}>
      <Paper withBorder className={classes.card}>
        <img src="/icon.svg" alt="" width={44} height={44} />
        <Title order={1}>{title}</Title>
        {text && (
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        )}
        <Stack gap="md" mt="md">
          {children}
        </Stack>
      </Paper>
    </main>
  );
}
