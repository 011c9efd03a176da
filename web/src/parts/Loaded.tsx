// Shows what a query brings: bones while it is on its way, the reason where it failed, then the thing itself.
import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { messageOf } from "../api/problem.ts";
import { IconAlertTriangle } from "../icons.ts";

export function Bones({ rows = 5, height = 18 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="sm" py="xs" aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} width={`${100 - ((row * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title="This could not be loaded">
      <Group justify="space-between">
        <Text size="sm">{messageOf(error)}</Text>
        {retry && (
          <Button variant="default" size="xs" onClick={retry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "error" | "refetch">;
  bones?: ReactNode;
  children: (data: Data) => ReactNode;
}

export function Loaded<Data>({ query, bones, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return bones ?? <Bones />;
}
