// The profiles: how files are encoded.
import { ActionIcon, Badge, Button, FileButton, Group, Menu, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { api, must } from "../../api/client.ts";
import { profilesQuery, rootsQuery } from "../../api/queries.ts";
import type { Profile, Schemas } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatCodec } from "../../format.ts";
import { IconAdjustmentsHorizontal, IconCopy, IconDotsVertical, IconDownload, IconPlus, IconTrash, IconUpload } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { EmptyState } from "../../parts/EmptyState.tsx";
import { confirm, toastError, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { Page } from "../../parts/Page.tsx";
import classes from "./Profiles.module.css";

function summary(profile: Profile): string {
  return [
    `${formatCodec(profile.codec)} in ${profile.container === "same" ? "the source's container" : profile.container}`,
    profile.preset && `preset ${profile.preset}`,
    profile.bit_depth !== "source" && `${profile.bit_depth} bit`,
    profile.max_height > 0 && `at most ${profile.max_height} lines`,
    profile.audio_codec === "copy" ? "audio copied" : `audio ${profile.audio_codec.toUpperCase()}`,
    profile.subtitles !== "all" && `subtitles ${profile.subtitles}`,
    profile.keep_original_days > 0 ? `originals kept ${profile.keep_original_days} days` : "originals not kept",
  ]
    .filter(Boolean)
    .join(", ");
}

function ProfileCard({ profile, roots }: { profile: Profile; roots: string[] }) {
  const mayChange = useMay("admin");
  const remove = useAction({ run: () => must(api.DELETE("/api/v1/profiles/{id}", { params: { path: { id: profile.id } } })), done: () => `The profile ${profile.name} is gone.`, changes: ["profiles"] });
  const ask = async (): Promise<void> => {
    if (await confirm({ title: `Delete the profile ${profile.name}?`, text: "What was encoded by it stays as it is.", action: "Delete", destructive: true })) remove.mutate();
  };
  return (
    <Card
      title={
        <Group gap="xs" component="span">
          <Link href={`/profiles/${profile.id}`} className={classes.name}>
            {profile.name}
          </Link>
          {profile.seeded && <Badge size="sm" color="gray">built in</Badge>}
        </Group>
      }
      actions={
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${profile.name}`}>
              <IconDotsVertical size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={`/api/v1/profiles/${profile.id}/export`} download={`${profile.name}.json`} leftSection={<IconDownload size={16} />}>
              Export
            </Menu.Item>
            {mayChange && (
              <>
                <Menu.Item component={Link} href={`/profiles/new?from=${profile.id}`} leftSection={<IconCopy size={16} />}>
                  Copy
                </Menu.Item>
                <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void ask()}>
                  Delete
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      }
    >
      <Text size="sm">{profile.description || summary(profile)}</Text>
      {profile.description && (
        <Text size="xs" c="dimmed" mt={4}>
          {summary(profile)}
        </Text>
      )}
      {roots.length > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          Used by {roots.join(", ")}
        </Text>
      )}
    </Card>
  );
}

function ImportButton() {
  const [, go] = useLocation();
  const load = useAction({
    run: (body: Schemas["ImportInput"]) => must(api.POST("/api/v1/profiles/import", { body })),
    done: (profile) => `The profile ${profile.name} is imported.`,
    after: (profile) => go(`/profiles/${profile.id}`),
    changes: ["profiles"],
  });
  const read = async (file: File | null): Promise<void> => {
    if (!file) return;
    try {
      load.mutate(JSON.parse(await file.text()) as Schemas["ImportInput"]);
    } catch {
      toastError(new Error(`${file.name} is not a profile that Reeve has exported: it is not JSON.`));
    }
  };
  return (
    <FileButton accept="application/json,.json" onChange={(file) => void read(file)} inputProps={{ "aria-label": "File to import" }}>
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconUpload size={16} />} loading={load.isPending}>
          Import
        </Button>
      )}
    </FileButton>
  );
}

export default function Profiles() {
  const mayChange = useMay("admin");
  const profiles = useQuery(profilesQuery);
  const roots = useQuery(rootsQuery);
  const add = (
    <Button component={Link} href="/profiles/new" leftSection={<IconPlus size={16} />}>
      New profile
    </Button>
  );
  return (
    <Page
      title="Profiles"
      description="How files are encoded, and when a result is good enough to replace its source."
      actions={
        mayChange && (
          <>
            <ImportButton />
            {add}
          </>
        )
      }
    >
      <Loaded query={profiles} bones={<Skeleton height={160} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <EmptyState icon={IconAdjustmentsHorizontal} title="No profiles" action={mayChange && add}>
                A profile says which codec, quality and container to produce.
              </EmptyState>
            </Card>
          ) : (
            <div className={classes.grid}>
              {items.map((profile) => (
                <ProfileCard key={profile.id} profile={profile} roots={(roots.data?.items ?? []).filter((root) => root.profile_id === profile.id).map((root) => root.name || root.path)} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
