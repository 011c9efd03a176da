// The directories that Reeve looks after.
import { Alert, Badge, Button, Group, Menu, ActionIcon, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { profilesQuery, rootsQuery, someJobsQuery } from "../../api/queries.ts";
import type { Root } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatCount, formatCounted, formatWord } from "../../format.ts";
import { IconBolt, IconDotsVertical, IconFolders, IconPencil, IconPlus, IconScanEye, IconStethoscope, IconTrash } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { Forecast } from "../../parts/Forecast.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { JobProgress } from "../../parts/JobProgress.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { RootForm } from "./RootForm.tsx";
import { WatchLine } from "./WatchLine.tsx";
import classes from "./Roots.module.css";

const nameOf = (root: Root): string => root.name || root.path;

function Frozen({ root }: { root: Root }) {
  const mayOperate = useMay("operator");
  const thaw = useAction({ run: () => must(api.POST("/api/v1/roots/{id}/confirm", { params: { path: { id: root.id } } })), done: () => `${nameOf(root)} is looked after again.`, changes: ["roots", "files", "stats"] });
  const ask = async (): Promise<void> => {
    if (await confirm({ title: "Is this root right as it is now?", text: `${root.frozen_reason ?? ""} If you confirm, files that are not there count as missing. Look first whether the disk is mounted.`, action: "It is right" })) thaw.mutate();
  };
  return (
    <Alert color="orange" title="Frozen" p="sm">
      <Text size="sm">{root.frozen_reason}</Text>
      {mayOperate && (
        <Button size="xs" mt="xs" variant="default" loading={thaw.isPending} onClick={() => void ask()}>
          I have looked: it is right
        </Button>
      )}
    </Alert>
  );
}

function RootCard({ root, profile, onEdit }: { root: Root; profile: string | undefined; onEdit: () => void }) {
  const mayOperate = useMay("operator");
  const mayChange = useMay("admin");
  const running = useQuery(someJobsQuery({ kind: "scan", state: "running" }, 20));
  const scanJob = running.data?.items.find((job) => job.root_id === root.id);
  const params = { params: { path: { id: root.id } } };
  const scan = useAction({ run: () => must(api.POST("/api/v1/roots/{id}/scan", params)), done: () => `${nameOf(root)} is being scanned.`, changes: ["jobs", "stats"] });
  const transcode = useAction({
    run: () => must(api.POST("/api/v1/jobs", { body: { kind: "transcode", root: root.id } })),
    done: (made) => `In the queue: ${formatCounted("jobs" in made ? made.jobs.length : 0, "file")} of ${nameOf(root)}.`,
    changes: ["jobs", "stats"],
  });
  const check = useAction({
    run: () => must(api.POST("/api/v1/jobs", { body: { kind: "health", root: root.id } })),
    done: (made) => `Going to be checked: ${formatCounted("jobs" in made ? made.jobs.length : 0, "file")} of ${nameOf(root)}.`,
    changes: ["jobs", "stats"],
  });
  const forget = useAction({ run: () => must(api.DELETE("/api/v1/roots/{id}", params)), done: () => `${nameOf(root)} is forgotten. Its files are where they were.`, changes: ["roots", "files", "stats"] });
  const askTranscode = async (): Promise<void> => {
    const text = (
      <Stack gap="sm">
        <Text size="sm">
          Those of its {formatCount(root.file_count)} files that are worth it are encoded{profile ? ` by the profile ${profile}` : ""} and replaced. Originals stay in the trash for as long as the profile says.
        </Text>
        {profile && <Forecast request={{ root: root.id }} />}
      </Stack>
    );
    if (await confirm({ title: `Transcode all of ${nameOf(root)}?`, text, action: "Transcode all" })) transcode.mutate();
  };
  const askForget = async (): Promise<void> => {
    const text = "Reeve forgets this root and what it knows about its files. The files themselves stay on the disk, untouched.";
    if (await confirm({ title: `Forget ${nameOf(root)}?`, text, action: "Forget the root", destructive: true })) forget.mutate();
  };
  return (
    <Card
      title={
        <Group gap="xs" component="span">
          {nameOf(root)}
          {root.state !== "active" && <StateBadge state={root.state} />}
          {!root.enabled && <Badge size="sm" color="gray">off</Badge>}
        </Group>
      }
      actions={
        <>
          {mayOperate && (
            <Button size="xs" variant="default" leftSection={<IconScanEye size={15} />} loading={scan.isPending} disabled={scanJob !== undefined} onClick={() => scan.mutate()}>
              Scan
            </Button>
          )}
          {(mayOperate || mayChange) && (
            <Menu position="bottom-end" shadow="md">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${nameOf(root)}`}>
                  <IconDotsVertical size={17} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconBolt size={16} />} onClick={() => void askTranscode()}>
                  Transcode all
                </Menu.Item>
                <Menu.Item leftSection={<IconStethoscope size={16} />} onClick={() => check.mutate()}>
                  Check all for damage
                </Menu.Item>
                {mayChange && (
                  <>
                    <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
                      Edit
                    </Menu.Item>
                    <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void askForget()}>
                      Forget
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </>
      }
    >
      <Stack gap="xs">
        <Text size="sm" className="mono" c="dimmed">
          {root.path}
        </Text>
        <div className={classes.facts}>
          <Link href={`/library?root=${root.id}`}>{formatCounted(root.file_count, "file")}</Link>
          <span>{formatWord(root.type)}</span>
          <span>{profile ? `Profile ${profile}` : "No profile"}</span>
          <span>{root.scanned_at_ms ? <>scanned <Ago ms={root.scanned_at_ms} /></> : "never scanned"}</span>
        </div>
        {root.state === "active" && <WatchLine root={root.id} path={root.path} />}
        {root.frozen_reason && <Frozen root={root} />}
        {scanJob && <JobProgress job={scanJob} />}
      </Stack>
    </Card>
  );
}

export default function Roots() {
  const url = useUrlState();
  const mayChange = useMay("admin");
  const roots = useQuery(rootsQuery);
  const profiles = useQuery(profilesQuery);
  const edited = url.get("edit");
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => url.set({ add: "root" })}>
      Add a root
    </Button>
  );
  return (
    <Page title="Roots" description="The directories with films and shows that Reeve looks after." actions={mayChange && add}>
      <Loaded query={roots} bones={<Skeleton height={130} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <EmptyState icon={IconFolders} title="No roots yet" action={mayChange && add}>
                Add the directory that holds your films or shows. Adding and scanning change nothing in it.
              </EmptyState>
            </Card>
          ) : (
            <div className={classes.roots}>
              {items.map((root) => (
                <RootCard key={root.id} root={root} profile={profiles.data?.items.find((profile) => profile.id === root.profile_id)?.name} onEdit={() => url.set({ edit: String(root.id) })} />
              ))}
            </div>
          )
        }
      </Loaded>
      {mayChange && <RootForm opened={url.get("add") !== undefined || edited !== undefined} id={edited ? Number(edited) : null} onClose={() => url.set({ add: undefined, edit: undefined })} />}
    </Page>
  );
}
