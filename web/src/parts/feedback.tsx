// What the interface says after something was done, and before something is done that cannot be taken back.
import { Button, Group, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { messageOf } from "../api/problem.ts";
import { IconCheck, IconX } from "../icons.ts";

export function toastDone(message: ReactNode, title?: string): void {
  notifications.show({ title, message, color: "moss", icon: <IconCheck size={16} />, autoClose: 5000 });
}

/** The same with a way back, for as long as it takes to notice a mistake. */
export function toastUndo(message: ReactNode, undo: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span>{message}</span>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
    color: "moss",
    icon: <IconCheck size={16} />,
    autoClose: 15000,
  });
}

export function toastError(error: unknown, title = "That did not work"): void {
  notifications.show({ title, message: messageOf(error), color: "red", icon: <IconX size={16} />, autoClose: 10000 });
}

interface Confirmation {
  title: string;
  text: ReactNode;
  action: string;
  /** Loses something that cannot be brought back. */
  destructive?: boolean;
}

export function confirm({ title, text, action, destructive }: Confirmation): Promise<boolean> {
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title,
      children: typeof text === "string" ? <Text size="sm">{text}</Text> : text,
      labels: { confirm: action, cancel: "Cancel" },
      confirmProps: destructive ? { color: "red" } : {},
      closeButtonProps: { "aria-label": "Close" },
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => resolve(false),
    });
  });
}

interface Action<Input, Output> {
  run: (input: Input) => Promise<Output>;
  /** The toast afterwards; nothing is said without one. */
  done?: (output: Output, input: Input) => ReactNode;
  after?: (output: Output, input: Input) => void;
  /** Resources (first parts of query keys) that it changes. */
  changes: readonly string[];
  /** The error is shown where the action is, instead of in a toast. */
  quiet?: boolean;
}

/** Something that the server is asked to do. */
export function useAction<Input = void, Output = unknown>({ run, done, after, changes, quiet }: Action<Input, Output>): UseMutationResult<Output, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (output, input) => {
      const said = done?.(output, input);
      if (said) toastDone(said);
      after?.(output, input);
    },
    onError: (error) => {
      if (!quiet) toastError(error);
    },
    onSettled: () => Promise.all(changes.map((resource) => client.invalidateQueries({ queryKey: [resource] }))),
  });
}
