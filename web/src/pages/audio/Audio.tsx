// The right audio track: which one is wanted, setting it for what is there already, and hearing of what is new.
import { Tabs } from "@mantine/core";
import { Page } from "../../parts/Page.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { Batches } from "./Batches.tsx";
import { PolicyEditor } from "./PolicyEditor.tsx";
import { Webhooks } from "./Webhooks.tsx";

const TABS = ["policy", "batches", "webhooks"];

export default function Audio() {
  const url = useUrlState();
  const tab = TABS.find((each) => each === url.get("tab")) ?? "policy";
  return (
    <Page title="Audio" description="Players begin with the track that a file marks as its default. Reeve sets that mark, by changing a few bytes of the file.">
      <Tabs value={tab} onChange={(value) => url.set({ tab: value === "policy" ? undefined : (value ?? undefined), from: undefined })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="policy">Policy</Tabs.Tab>
          <Tabs.Tab value="batches">Batches</Tabs.Tab>
          <Tabs.Tab value="webhooks">Sonarr and Radarr</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="policy" pt="md">
          <PolicyEditor />
        </Tabs.Panel>
        <Tabs.Panel value="batches" pt="md">
          <Batches />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks" pt="md">
          <Webhooks />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
