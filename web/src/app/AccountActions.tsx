// What one can do about one's own session.
import { Button, Group, Menu, Modal, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../api/client.ts";
import { ApiError, messageOf } from "../api/problem.ts";
import { IconFileText, IconKey, IconLogout } from "../icons.ts";
import { confirm, toastDone, toastError } from "../parts/feedback.tsx";
import { changeSession, enter, sessionQuery } from "./session.ts";

function useLeave(run: () => Promise<unknown>): () => void {
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: run,
    onError: (error) => toastError(error),
    onSuccess: () => changeSession(client, null),
  });
  return () => leave.mutate();
}

export function PasswordDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => must(api.PUT("/api/v1/session/password", { body: { current, new: next } })),
    onSuccess: (signedIn) => {
      client.setQueryData(sessionQuery.queryKey, enter(signedIn));
      toastDone("Your password is changed. Your other sessions have ended.");
      setCurrent("");
      setNext("");
      close();
    },
  });
  const fields = change.error instanceof ApiError ? change.error.fields : {};
  const other = change.error && Object.keys(fields).length === 0 ? messageOf(change.error) : undefined;
  const toggle = { "aria-label": "Show the password" };
  return (
    <Modal opened={opened} onClose={close} title="Change your password" closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <PasswordInput label="Current password" autoComplete="current-password" data-autofocus required withAsterisk={false} visibilityToggleButtonProps={toggle} value={current} error={fields.current ?? other} onChange={(event) => setCurrent(event.currentTarget.value)} />
        <PasswordInput label="New password" autoComplete="new-password" required withAsterisk={false} mt="sm" visibilityToggleButtonProps={toggle} value={next} error={fields.new} onChange={(event) => setNext(event.currentTarget.value)} />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Change
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

export function AccountActions({ onPassword }: { onPassword: () => void }) {
  const signOut = useLeave(() => must(api.DELETE("/api/v1/session")));
  const endAll = useLeave(() => must(api.POST("/api/v1/session/end-all")));
  const signOutEverywhere = async (): Promise<void> => {
    if (await confirm({ title: "Sign out everywhere?", text: "All your sessions end, this one too. API keys go on working.", action: "Sign out everywhere" })) endAll();
  };
  return (
    <>
      <Menu.Item component="a" href="/docs" target="_blank" leftSection={<IconFileText size={16} />}>
        API documentation
      </Menu.Item>
      <Menu.Item leftSection={<IconKey size={16} />} onClick={onPassword}>
        Change password
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOutEverywhere()}>
        Sign out everywhere
      </Menu.Item>
      <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
        Sign out
      </Menu.Item>
    </>
  );
}
