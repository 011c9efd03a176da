// Who is signed in, the colour scheme, signing out.
import { Menu, SegmentedControl, Text, UnstyledButton, VisuallyHidden, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDeviceDesktop, IconMoon, IconSun, IconUser } from "../icons.ts";
import classes from "./AccountMenu.module.css";
import { AccountActions, PasswordDialog } from "./AccountActions.tsx";
import { useSession } from "./session.ts";

const SCHEMES = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the system", icon: IconDeviceDesktop },
] as const;

function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true }); // else it writes a <style> element
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label="Colours"
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
      data={SCHEMES.map(({ value, label, icon: Icon }) => ({
        value,
        label: (
          <span className={classes.scheme} title={label}>
            <Icon size={15} stroke={1.8} aria-hidden />
            <VisuallyHidden>{label}</VisuallyHidden>
          </span>
        ),
      }))}
    />
  );
}

export function AccountMenu() {
  const session = useSession();
  const [changing, { open, close }] = useDisclosure();
  return (
    <div className={classes.account}>
      <SchemeSwitch />
      <Menu position="top-start" shadow="md" width={220}>
        <Menu.Target>
          <UnstyledButton className={classes.user}>
            <span className={classes.avatar} aria-hidden>
              <IconUser size={16} />
            </span>
            <span className={classes.who}>
              <Text size="sm" fw={550} className="truncate">
                {session.name}
              </Text>
              <Text size="xs" c="dimmed">
                {session.role}
              </Text>
            </span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <AccountActions onPassword={open} />
        </Menu.Dropdown>
      </Menu>
      <PasswordDialog opened={changing} close={close} />
    </div>
  );
}
