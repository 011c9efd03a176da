// What can be done with the selected files.
import { Button, Group, Paper, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, must } from "../../api/client.ts";
import { profilesQuery } from "../../api/queries.ts";
import type { FileItem } from "../../api/types.ts";
import { formatBytes, formatCount } from "../../format.ts";
import { IconBolt, IconSparkles, IconStethoscope, IconVolume } from "../../icons.ts";
import { Forecast } from "../../parts/Forecast.tsx";
import { useAction } from "../../parts/feedback.tsx";

export function TranscodeBar({ files, onDone }: { files: readonly FileItem[]; onDone: () => void }) {
  const profiles = useQuery(profilesQuery);
  const [, go] = useLocation();
  const [profile, setProfile] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const transcode = useAction({
    run: () => must(api.POST("/api/v1/jobs", { body: { kind: "transcode", files: files.map((file) => file.id), ...(profile ? { profile_id: Number(profile) } : {}) } })),
    done: () => `${formatCount(files.length)} ${files.length === 1 ? "file goes" : "files go"} into the queue.`,
    after: onDone,
    changes: ["jobs", "stats"],
  });
  const check = useAction({
    run: () => must(api.POST("/api/v1/jobs", { body: { kind: "health", files: files.map((file) => file.id) } })),
    done: () => `${formatCount(files.length)} ${files.length === 1 ? "file is" : "files are"} going to be checked.`,
    after: onDone,
    changes: ["jobs", "stats"],
  });
  const setTracks = useAction({
    run: () => must(api.POST("/api/v1/audio/batches", { body: { files: files.map((file) => file.id), dry_run: false, priority: "normal" } })),
    after: ({ job }) => go(`/audio/batches/${job}`),
    changes: ["jobs", "stats"],
  });
  return (
    <Paper withBorder p="xs" px="sm" role="region" aria-label="Selected files">
      <Group gap="sm">
        <Text size="sm" fw={550} className="numbers">
          {formatCount(files.length)} selected, {formatBytes(files.reduce((sum, file) => sum + file.size_bytes, 0))}
        </Text>
        <Select
          size="xs"
          w={220}
          aria-label="Profile"
          placeholder="By each root's profile"
          clearable
          clearButtonProps={{ "aria-label": "By each root's profile" }}
          data={(profiles.data?.items ?? []).map((item) => ({ value: String(item.id), label: item.name }))}
          value={profile}
          onChange={setProfile}
        />
        <Button size="xs" leftSection={<IconBolt size={15} />} loading={transcode.isPending} onClick={() => transcode.mutate()}>
          Transcode
        </Button>
        <Button size="xs" variant="default" leftSection={<IconSparkles size={15} />} aria-expanded={asked} onClick={() => setAsked(!asked)}>
          Predict
        </Button>
        <Button size="xs" variant="default" leftSection={<IconVolume size={15} />} loading={setTracks.isPending} onClick={() => setTracks.mutate()}>
          Set audio tracks
        </Button>
        <Button size="xs" variant="default" leftSection={<IconStethoscope size={15} />} loading={check.isPending} onClick={() => check.mutate()}>
          Check
        </Button>
        <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
          Clear the selection
        </Button>
      </Group>
      {asked && <Forecast request={{ files: files.map((file) => file.id), ...(profile ? { profile_id: Number(profile) } : {}) }} mt="sm" />}
    </Paper>
  );
}
