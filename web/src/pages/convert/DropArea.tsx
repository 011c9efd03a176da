// Where files are dropped, or chosen by the button in it.
import { Button, Text } from "@mantine/core";
import { useRef, useState, type DragEvent } from "react";
import { IconUpload } from "../../icons.ts";
import classes from "./Convert.module.css";

const KINDS = "video/*,.mkv,.mxf,.m2ts,.mts,.ts,.avi,.mov,.mp4,.braw,.r3d,.webm,.wmv,.vob,.mpg";

export function DropArea({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
    >
      <IconUpload size={26} stroke={1.6} aria-hidden />
      <Text fw={600}>Drop films here</Text>
      <Text size="sm" c="dimmed">
        They are sent in the background, and go on where they were if the connection breaks.
      </Text>
      <Button mt="xs" variant="default" onClick={() => input.current?.click()}>
        Choose files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept={KINDS}
        className={classes.input}
        tabIndex={-1}
        aria-label="Films to convert"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = ""; // the same file can be chosen again
        }}
      />
    </div>
  );
}
