// The plan for a file by a profile, and the button that carries it out.
import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, must } from "../../api/client.ts";
import { planQuery, profilesQuery } from "../../api/queries.ts";
import type { LibraryFile } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { fileName } from "../../format.ts";
import { IconBolt } from "../../icons.ts";
import { Card } from "../../parts/Card.tsx";
import { useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { PlanView } from "./PlanView.tsx";

export function PlanCard({ file }: { file: LibraryFile }) {
  const [, go] = useLocation();
  const mayOperate = useMay("operator");
  const profiles = useQuery(profilesQuery);
  const [profile, setProfile] = useState<string | null>(null);
  const plan = useQuery({ ...planQuery(file.id, profile ?? undefined), staleTime: 0 });
  const transcode = useAction({
    run: () => must(api.POST("/api/v1/jobs", { body: { kind: "transcode", file: file.id, ...(profile ? { profile_id: Number(profile) } : {}) } })),
    done: () => `${fileName(file.path)} goes into the queue.`,
    after: () => go("/queue?tab=running"),
    changes: ["jobs", "stats"],
  });
  return (
    <Card
      title="What a transcode would do"
      actions={
        <>
          <Select
            size="xs"
            w={190}
            aria-label="Profile"
            placeholder="The root's profile"
            clearable
            clearButtonProps={{ "aria-label": "The root's profile" }}
            data={(profiles.data?.items ?? []).map((item) => ({ value: String(item.id), label: item.name }))}
            value={profile}
            onChange={setProfile}
          />
          {mayOperate && (
            <Button size="xs" leftSection={<IconBolt size={15} />} disabled={plan.data?.decision !== "encode"} loading={transcode.isPending} onClick={() => transcode.mutate()}>
              Transcode
            </Button>
          )}
        </>
      }
    >
      <Loaded query={plan}>{(data) => <PlanView plan={data} sizeBytes={file.size_bytes} />}</Loaded>
    </Card>
  );
}
