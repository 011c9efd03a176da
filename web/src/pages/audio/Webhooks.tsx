// Sonarr and Radarr tell of what they import: where they are to send it, with which key, and what came.
import { Alert, Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { keysQuery, webhooksQuery } from "../../api/queries.ts";
import type { Webhook } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { formatAgo, formatWord } from "../../format.ts";
import { IconKey, IconTrash } from "../../icons.ts";
import { Ago } from "../../parts/Ago.tsx";
import { Card } from "../../parts/Card.tsx";
import { CopyField } from "../../parts/CopyField.tsx";
import { confirm, useAction } from "../../parts/feedback.tsx";
import { Loaded } from "../../parts/Loaded.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import classes from "./Audio.module.css";
import { WebhookEvents } from "./WebhookEvents.tsx";
import { MESSAGE_LABEL } from "./words.ts";

function Last({ sender }: { sender: Webhook }) {
  if (sender.last_received_at_ms === null || sender.last_outcome === null)
    return (
      <div className={classes.last}>
        <Text size="sm" c="dimmed">
          Nothing was received in the last 30 days. “Test” in {formatWord(sender.application)} sends a first message.
        </Text>
      </div>
    );
  return (
    <div className={classes.last} role="status" aria-label={`Last message of ${formatWord(sender.application)}`}>
      <span className={classes.lastLine}>
        <span>
          Last received <Ago ms={sender.last_received_at_ms} />: <b>{sender.last_event}</b>
          {sender.last_instance && ` from ${sender.last_instance}`}
        </span>
        <StateBadge state={sender.last_outcome} label={MESSAGE_LABEL[sender.last_outcome]} />
      </span>
      {sender.last_reason && (
        <Text size="xs" c="dimmed">
          {sender.last_reason}
        </Text>
      )}
    </div>
  );
}

/** The key is made where it is needed, and shown this once. */
function KeyMaker({ name, address }: { name: string; address: string }) {
  const keys = useQuery(keysQuery);
  const make = useAction({ run: () => must(api.POST("/api/v1/keys", { body: { name, scope: "webhook" } })), changes: ["keys", "audit"] });
  const there = (keys.data?.items ?? []).filter((key) => key.scope === "webhook");
  if (make.data)
    return (
      <Stack gap="sm">
        <Alert color="yellow" p="xs">
          Copy it now. It is shown this once; afterwards not even Reeve knows it.
        </Alert>
        <CopyField label="Key" value={make.data.key} testId="webhook-key" />
        <CopyField label="Address with the key in it" description="For a sender that has no place for a password." value={`${address}?apikey=${make.data.key}`} />
      </Stack>
    );
  return (
    <Stack gap={6} align="flex-start">
      <Button size="xs" variant="default" leftSection={<IconKey size={15} />} loading={make.isPending} onClick={() => make.mutate()}>
        Make a key for {name}
      </Button>
      {there.length > 0 && (
        <Text size="xs" c="dimmed">
          There {there.length === 1 ? "is a key" : "are keys"} for messages already: {there.map((key) => `${key.name} (${key.prefix}…, ${key.last_used_at_ms ? `used ${formatAgo(key.last_used_at_ms)}` : "never used"})`).join(", ")}.{" "}
          <Anchor component={Link} href="/people?tab=keys" size="xs" underline="always">
            All keys
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

const WAYS: Record<string, string> = {
  basic: "the key as the password, with any user name",
  header: "the key in the header X-Api-Key",
  address: "the key in the address, as ?apikey=",
  signature: "a signature in the header X-Webhook-Signature, by the secret below",
};

/** For senders that sign what they send instead of showing a key. The secret is made here, and shown this once. */
function SigningSecret({ hasSecret, ways }: { hasSecret: boolean; ways: readonly string[] }) {
  const mayChange = useMay("admin");
  const changes = ["webhooks", "settings", "audit"];
  const make = useAction({ run: () => must(api.POST("/api/v1/webhook-secret")), changes });
  const remove = useAction({
    run: () => must(api.DELETE("/api/v1/settings/{name}", { params: { path: { name: "webhook_secret" } } })),
    done: () => "The secret is gone. Signed messages are not taken any more.",
    after: () => make.reset(),
    changes,
  });
  const askMake = async (): Promise<void> => {
    if (!hasSecret || (await confirm({ title: "Make another secret?", text: "The one there is becomes worthless at once: whoever signs with it is refused until they have the new one.", action: "Make another", destructive: true }))) make.mutate();
  };
  const askRemove = async (): Promise<void> => {
    if (await confirm({ title: "Take the secret away?", text: "Signed messages are refused from then on. Messages with a key are taken as before.", action: "Take it away", destructive: true })) remove.mutate();
  };
  return (
    <Card title="How messages show that they may">
      <Stack gap="sm" align="flex-start">
        <ul className={classes.steps}>
          {ways.map((way) => (
            <li key={way}>By {WAYS[way] ?? way}</li>
          ))}
        </ul>
        <Text size="sm" c="dimmed">
          {hasSecret ? "There is a secret for signatures: a message may be signed by it instead of having a key." : "A sender that can sign its messages, such as a script of your own, needs no key: make a secret, and let it send the HMAC-SHA256 of what it sends, in hex."}
        </Text>
        {make.data && hasSecret && (
          <Stack gap="sm" w="100%">
            <Alert color="yellow" p="xs">
              Copy it now. It is shown this once; afterwards it is kept sealed, and shown to nobody.
            </Alert>
            <CopyField label="Secret" value={make.data.secret} testId="webhook-secret" />
          </Stack>
        )}
        {mayChange ? (
          <Group gap="xs">
            <Button size="xs" variant="default" leftSection={<IconKey size={15} />} loading={make.isPending} onClick={() => void askMake()}>
              {hasSecret ? "Make another secret" : "Make a secret"}
            </Button>
            {hasSecret && (
              <Button size="xs" variant="default" leftSection={<IconTrash size={15} />} loading={remove.isPending} onClick={() => void askRemove()}>
                Take the secret away
              </Button>
            )}
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            An administrator makes it, and takes it away.
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function Sender({ sender }: { sender: Webhook }) {
  const mayMakeKeys = useMay("admin");
  const name = formatWord(sender.application);
  const address = sender.address ?? `${window.location.origin}${sender.path}`;
  return (
    <Card title={name}>
      <Stack gap="md">
        <Last sender={sender} />
        <CopyField label="Address" description={`Where ${name} is to send its messages, by POST.`} value={address} />
        {mayMakeKeys ? (
          <KeyMaker name={name} address={address} />
        ) : (
          <Text size="sm" c="dimmed">
            It also needs a key of the scope webhook, which an administrator can make.
          </Text>
        )}
        <ol className={classes.steps}>
          <li>
            In {name}, open <b>Settings → Connect</b>, add a connection and choose <b>Webhook</b>.
          </li>
          <li>
            Let it tell of <b>On File Import</b>, <b>On File Upgrade</b>, <b>On Rename</b> and <b>{sender.application === "sonarr" ? "On Episode File Delete" : "On Movie File Delete"}</b>.
          </li>
          <li>Give it the address above, the method POST, any user name, and the key as its password.</li>
          <li>
            Press <b>Test</b>: the message appears here within seconds.
          </li>
        </ol>
      </Stack>
    </Card>
  );
}

export function Webhooks() {
  const query = useQuery(webhooksQuery);
  return (
    <Stack gap="md">
      <Loaded query={query} bones={<Skeleton height={280} />}>
        {({ items }) => (
          <>
            <div className={classes.senders}>
              {items.map((sender) => (
                <Sender key={sender.application} sender={sender} />
              ))}
            </div>
            <SigningSecret hasSecret={items.some((sender) => sender.has_secret)} ways={[...new Set(items.flatMap((sender) => sender.sign_in))]} />
          </>
        )}
      </Loaded>
      <WebhookEvents />
    </Stack>
  );
}
