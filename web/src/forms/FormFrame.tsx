// What is around the fields of every form: it is sent, what no field can show stands above them, and an edit that came too late is asked
// about.
import { Alert, Stack } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { StaleDialog } from "./StaleDialog.tsx";
import type { RecordForm } from "./useRecordForm.ts";

interface FormFrameProps {
  form: RecordForm;
  /** Sends what is in the form. Its errors are shown here, so it must not show them itself. */
  save: Pick<UseMutationResult<unknown, Error, void>, "mutate">;
  /** A field's value in words, where it is more than formatValue can say. */
  describe?: (name: string, value: unknown) => string | undefined;
  children: ReactNode;
}

export function FormFrame({ form, save, describe, children }: FormFrameProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation(); // a dialog's form may be in another one's tree
        form.dismiss();
        save.mutate(undefined, { onError: form.fail });
      }}
      noValidate
    >
      <Stack gap="md">
        {form.error && (
          <Alert color="red" role="alert">
            {form.error}
          </Alert>
        )}
        {children}
      </Stack>
      <StaleDialog form={form} describe={describe} />
    </form>
  );
}
