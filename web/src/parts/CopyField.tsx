// A text to be taken elsewhere: all of it to be seen, and a button that copies it.
import { Button, CopyButton, Input } from "@mantine/core";
import { IconCheck, IconCopy } from "../icons.ts";
import classes from "./CopyField.module.css";

interface CopyFieldProps {
  label: string;
  description?: string;
  value: string;
  /** For tests and for whoever looks for it in the page. */
  testId?: string;
}

export function CopyField({ label, description, value, testId }: CopyFieldProps) {
  return (
    <Input.Wrapper label={label} labelElement="div" description={description}>
      <div className={classes.field}>
        <code className={classes.text} data-testid={testId}>
          {value}
        </code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy} aria-label={`${copied ? "Copied" : "Copy"}: ${label}`}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </div>
    </Input.Wrapper>
  );
}
