// A search field that asks when one stops typing.
import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { IconSearch } from "../icons.ts";

const PAUSE_MS = 250;

export function SearchBox({ label, value, onSearch, className }: { label: string; value: string; onSearch: (text: string) => void; className?: string | undefined }) {
  const [text, setText] = useState(value);
  const search = useDebouncedCallback(onSearch, PAUSE_MS);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      className={className}
      aria-label={label}
      placeholder={label}
      type="search"
      leftSection={<IconSearch size={16} stroke={1.7} />}
      rightSection={
        text && (
          <CloseButton
            size="sm"
            aria-label="Clear the search"
            onClick={() => {
              setText("");
              onSearch("");
            }}
          />
        )
      }
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
    />
  );
}
