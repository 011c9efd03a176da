// How changes in a root are noticed, and which files are waited for.
import { Alert, Collapse, Table, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { watchesQuery } from "../../api/queries.ts";
import type { RootWatch } from "../../api/types.ts";
import { formatBytes, formatCount, formatCounted } from "../../format.ts";
import { Ago } from "../../parts/Ago.tsx";
import { IconEye, IconEyeOff } from "../../icons.ts";
import classes from "./WatchLine.module.css";

function Waiting({ watch, rootPath }: { watch: RootWatch; rootPath: string }) {
  return (
    <div className={classes.waiting}>
      <Table>
        <Table.Tbody>
          {watch.files.map((file) => (
            <Table.Tr key={file.path}>
              <Table.Td>
                <span className={classes.path}>{file.path.startsWith(`${rootPath}/`) ? file.path.slice(rootPath.length + 1) : file.path}</span>
                <Text size="xs" c="dimmed">
                  {file.reason}
                </Text>
              </Table.Td>
              <Table.Td data-number>{formatBytes(file.size_bytes)}</Table.Td>
              <Table.Td data-number c="dimmed">
                <Ago ms={file.since_ms} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {watch.waiting > watch.files.length && (
        <Text size="xs" c="dimmed">
          And {formatCount(watch.waiting - watch.files.length)} more.
        </Text>
      )}
    </div>
  );
}

const told = (watch: RootWatch): string => (watch.mode === "inotify" ? `Watched, ${formatCount(watch.directories)} ${watch.directories === 1 ? "directory" : "directories"}` : watch.sentence);

export function WatchLine({ root, path }: { root: number; path: string }) {
  const query = useQuery(watchesQuery);
  const [opened, { toggle }] = useDisclosure();
  const watch = query.data?.items.find((each) => each.root_id === root);
  if (!watch) return null;
  const Icon = watch.mode === "off" ? IconEyeOff : IconEye;
  return (
    <>
      <div className={classes.line}>
        <Icon size={15} stroke={1.7} aria-hidden />
        <span title={watch.sentence}>{told(watch)}</span>
        {watch.waiting > 0 && (
          <UnstyledButton className={classes.more} onClick={toggle} aria-expanded={opened}>
            {formatCounted(watch.waiting, "file")} {watch.waiting === 1 ? "waits" : "wait"}
          </UnstyledButton>
        )}
      </div>
      {watch.unreadable > 0 && (
        <Alert color="yellow" p="xs">
          <Text size="sm">
            Not watched, as they may not be read: {formatCount(watch.unreadable)} {watch.unreadable === 1 ? "directory" : "directories"}, such as <span className="mono">{watch.unreadable_example}</span>.
          </Text>
        </Alert>
      )}
      <Collapse expanded={opened && watch.waiting > 0}>
        <Waiting watch={watch} rootPath={path} />
      </Collapse>
    </>
  );
}
