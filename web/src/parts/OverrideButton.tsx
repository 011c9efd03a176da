// Somebody's word against the schedules: lets work run outside their windows, or holds it inside, for as long as is chosen here.
import { Button, Modal, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import { Bones } from "./Loaded.tsx";

const OverrideForm = lazy(() => import("./OverrideForm.tsx")); // the dashboard is loaded without the controls of forms

export function OverrideButton({ allow, edgeMs, ...button }: { allow: boolean; edgeMs: number | null } & ButtonProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" {...button} onClick={open}>
        {allow ? "Run anyway until …" : "Hold everything until …"}
      </Button>
      <Modal opened={opened} onClose={close} title={allow ? "Run anyway" : "Hold everything"} closeButtonProps={{ "aria-label": "Close" }}>
        {opened && (
          <Suspense fallback={<Bones />}>
            <OverrideForm allow={allow} edgeMs={edgeMs} onClose={close} />
          </Suspense>
        )}
      </Modal>
    </>
  );
}
