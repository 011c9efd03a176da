// What keeps the house in order: the doctor, backups, and looking for what was left lying about.
import { ActionIcon, Alert, Anchor, Button, Group, List, Menu, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { backupsQuery, doctorQuery } from "../../api/queries.ts";
import type { Schemas } from "../../api/types.ts";
import { formatBytes, formatCount, formatCounted, formatDateTime, formatWord } from "../../format.ts";
import { IconAlertTriangle, IconArchive, IconArrowBackUp, IconCircleCheck, IconCircleX, IconDotsVertical, IconDownload, IconInfoCircle, IconTrash } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import classes from "./Tools.module.css";

type Backup = Schemas["Backup"];
type Finding = Schemas["Finding"];

const MARKS: Record<Finding["level"], { icon: typeof IconInfoCircle; label: string }> = {
  ok: { icon: IconCircleCheck, label: "In order" },
  note: { icon: IconInfoCircle, label: "Note" },
  warning: { icon: IconAlertTriangle, label: "Warning" },
  failure: { icon: IconCircleX, label: "Failure" },
};

function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul className={classes.findings}>
      {findings.map((finding) => {
        const { icon: Icon, label } = MARKS[finding.level];
        return (
          <li key={`${finding.subject} ${finding.message}`} data-level={finding.level}>
            <Icon size={18} stroke={1.8} role="img" aria-label={label} />
            <div>
              <Text size="sm" fw={550}>
                {finding.subject}
              </Text>
              <Text size="sm" c="dimmed">
                {finding.message}
              </Text>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Doctor() {
  const query = useQuery(doctorQuery);
  return (
    <Card
      title="Doctor"
      actions={
        <Button size="xs" variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          Look again
        </Button>
      }
    >
      <Loaded query={query} bones={<Skeleton height={160} />}>
        {({ items }) => {
          const notes = items.filter((finding) => finding.level === "note");
          const first = ["failure", "warning", "ok"].flatMap((level) => items.filter((finding) => finding.level === level));
          return (
            <>
              <Findings findings={first} />
              {notes.length > 0 && (
                <details className={classes.notes}>
                  <summary>{formatCounted(notes.length, "note")} about what this machine could do and need not</summary>
                  <Findings findings={notes} />
                </details>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

function BackupRow({ backup }: { backup: Backup }) {
  const params = { params: { path: { name: backup.name } } };
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/backups/{name}", params)), done: () => `The backup ${backup.name} is deleted.`, changes: ["backups"] });
  const restore = useAction({
    run: () => must(api.POST("/api/v1/backups/{name}/restore", params)),
    done: (result) => `${formatCount(result.rows)} rows are restored. What there was before is kept as ${result.before}.`,
    after: () => window.location.assign("/"), // whoever is signed in signs in again
    changes: [],
  });
  const askRemove = async (): Promise<void> => {
    if (await confirm({ title: "Delete this backup?", text: backup.name, action: "Delete", destructive: true })) remove.mutate();
  };
  const askRestore = async (): Promise<void> => {
    const text = `The database becomes what it was on ${formatDateTime(backup.created_at_ms)}: jobs, history, users and settings since then are gone from it. The backup is checked first, and what there is now is backed up before. Films are not touched. Everybody signs in again.`;
    if (await confirm({ title: "Restore this backup?", text, action: "Restore", destructive: true })) restore.mutate();
  };
  return (
    <Table.Tr>
      <Table.Td>{formatDateTime(backup.created_at_ms)}</Table.Td>
      <Table.Td>{formatWord(backup.reason)}</Table.Td>
      <Table.Td data-number>{formatBytes(backup.size_bytes)}</Table.Td>
      <Table.Td c="dimmed">{backup.database}</Table.Td>
      <Table.Td data-number>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${backup.name}`} loading={restore.isPending}>
              <IconDotsVertical size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={`/api/v1/backups/${encodeURIComponent(backup.name)}`} download={backup.name} leftSection={<IconDownload size={16} />}>
              Download
            </Menu.Item>
            <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => void askRestore()}>
              Restore
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void askRemove()}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function Backups() {
  const query = useQuery(backupsQuery);
  const make = useAction({ run: () => must(api.POST("/api/v1/backups")), done: (backup) => `Backed up: ${formatBytes(backup.size_bytes)}.`, changes: ["backups"] });
  const button = (
    <Button size="xs" loading={make.isPending} onClick={() => make.mutate()}>
      Back up now
    </Button>
  );
  return (
    <Card title="Backups of the database" flush actions={button}>
      <Loaded query={query} bones={<Skeleton height={120} m="md" />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState small icon={IconArchive} title="No backups yet">
              One is made every day at the hour that the settings say, and before each update of the database.
            </EmptyState>
          ) : (
            <Table.ScrollContainer minWidth={460} scrollAreaProps={{ type: "auto", viewportProps: { tabIndex: 0, "aria-label": "Backups" } }}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Made</Table.Th>
                    <Table.Th>Why</Table.Th>
                    <Table.Th data-number>Size</Table.Th>
                    <Table.Th>Of</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((backup) => (
                    <BackupRow key={backup.name} backup={backup} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
    </Card>
  );
}

function Cleanup() {
  const scan = useAction({ run: (dryRun: boolean) => must(api.POST("/api/v1/tools/cleanup", { body: { dry_run: dryRun } })), changes: ["jobs", "stats"] });
  const report = scan.data;
  return (
    <Card title="Left lying about">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Looks through all roots for temporary files that encodes have left behind, Reeve's own and other programs'. Nothing is deleted: what is not Reeve's becomes a held job, which moves it to the trash once somebody releases it.
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" loading={scan.isPending && scan.variables} onClick={() => scan.mutate(true)}>
            Only look
          </Button>
          <Button size="xs" loading={scan.isPending && !scan.variables} onClick={() => scan.mutate(false)}>
            Look, and make held jobs
          </Button>
        </Group>
        {report && (
          <div role="status">
            <Text size="sm" fw={550}>
              {report.found.length === 0 ? "Nothing was found." : `${formatCount(report.found.length)} ${report.found.length === 1 ? "file was" : "files were"} found${report.complete ? "" : ", and there are more"}.`}
              {report.jobs_made > 0 && (
                <>
                  {" "}
                  <Anchor component={Link} href="/queue?tab=held" size="sm">
                    {formatCount(report.jobs_made)} held jobs wait for you.
                  </Anchor>
                </>
              )}
            </Text>
            {report.unreachable.map((root) => (
              <Alert key={root} color="yellow" p="xs" mt="xs">
                {root}
              </Alert>
            ))}
            <List size="sm" spacing="xs" mt="xs" className={classes.found}>
              {report.found.map((stray) => (
                <List.Item key={stray.path}>
                  <span className="mono">{stray.path}</span> <span className="numbers">({formatBytes(stray.size_bytes)})</span>
                  <Text size="xs" c="dimmed">
                    {stray.reason}
                  </Text>
                </List.Item>
              ))}
            </List>
          </div>
        )}
      </Stack>
    </Card>
  );
}

export default function Tools() {
  return (
    <Page title="Tools" description="Looking after Reeve itself.">
      <div className={classes.columns}>
        <Stack gap="md" miw={0}>
          <Backups />
          <Cleanup />
        </Stack>
        <Doctor />
      </div>
    </Page>
  );
}
