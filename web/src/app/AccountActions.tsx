import { Menu } from "@mantine/core";
import { IconFileText } from "../icons.ts";

export function AccountActions() {
  return (
    <Menu.Item component="a" href="/api/openapi.json" leftSection={<IconFileText size={16} />}>
      API description
    </Menu.Item>
  );
}
