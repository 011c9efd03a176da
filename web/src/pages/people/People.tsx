// Who may sign in, which programs hold keys, and what was done with both.
import { Tabs } from "@mantine/core";
import { Page } from "../../parts/Page.tsx";
import { useUrlState } from "../../parts/useUrlState.ts";
import { Audit } from "./Audit.tsx";
import { Keys } from "./Keys.tsx";
import { Users } from "./Users.tsx";

const TABS = ["users", "keys", "audit"];

export default function People() {
  const url = useUrlState();
  const tab = TABS.find((each) => each === url.get("tab")) ?? "users";
  return (
    <Page title="Users and keys" description="People sign in with a name and a password; programs show a key.">
      <Tabs value={tab} onChange={(value) => url.set({ tab: value === "users" ? undefined : (value ?? undefined) })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="users">Users</Tabs.Tab>
          <Tabs.Tab value="keys">API keys</Tabs.Tab>
          <Tabs.Tab value="audit">Audit log</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users" pt="md">
          <Users />
        </Tabs.Panel>
        <Tabs.Panel value="keys" pt="md">
          <Keys />
        </Tabs.Panel>
        <Tabs.Panel value="audit" pt="md">
          <Audit />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
