// The frame around all signed-in pages: the menu beside them, on a phone below them, and the state of the connection above.
import { ActionIcon, Drawer, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { useEventStream } from "../api/events.ts";
import { IconFileOff, IconMenu2 } from "../icons.ts";
import { EmptyState } from "../parts/EmptyState.tsx";
import { Bones } from "../parts/Loaded.tsx";
import { Page } from "../parts/Page.tsx";
import { AccountMenu } from "./AccountMenu.tsx";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import classes from "./Layout.module.css";
import { pages, reaches, type PageEntry } from "./navigation.ts";
import { Safe } from "./Safe.tsx";
import { useSession } from "./session.ts";

const GROUPS = ["Watch", "Library", "Administration"] as const;
const ON_PHONE = ["/", "/queue", "/library", "/history"];

const isHere = (path: string, location: string): boolean => (path === "/" ? location === "/" : location === path || location.startsWith(`${path}/`));

function MenuLink({ entry, location, onFollow, className }: { entry: PageEntry; location: string; onFollow?: () => void; className: string | undefined }) {
  const Icon = entry.icon;
  const here = isHere(entry.path, location);
  return (
    <Link href={entry.path} className={className} aria-current={here ? "page" : undefined} onClick={onFollow}>
      {Icon && <Icon size={18} stroke={1.7} />}
      <span>{entry.label}</span>
    </Link>
  );
}

function Menu({ onFollow }: { onFollow?: () => void }) {
  const [location] = useLocation();
  const { role } = useSession();
  const shown = pages.filter((entry) => entry.label && reaches(role, entry.role));
  return (
    <nav className={classes.menu} aria-label="Pages">
      {GROUPS.map((group) => {
        const entries = shown.filter((entry) => entry.group === group);
        if (entries.length === 0) return null;
        return (
          <div key={group} className={classes.group}>
            <Text className={classes.groupName}>{group}</Text>
            {entries.map((entry) => (
              <MenuLink key={entry.path} entry={entry} location={location} className={classes.link} {...(onFollow ? { onFollow } : {})} />
            ))}
          </div>
        );
      })}
    </nav>
  );
}

function Brand() {
  return (
    <Link href="/" className={classes.brand} aria-label="Reeve, to the dashboard">
      <img src="/icon.svg" alt="" width={26} height={26} />
      <span>Reeve</span>
    </Link>
  );
}

function PhoneBar({ onMore }: { onMore: () => void }) {
  const [location] = useLocation();
  return (
    <nav className={classes.phoneBar} aria-label="Main pages">
      {pages
        .filter((entry) => ON_PHONE.includes(entry.path))
        .map((entry) => (
          <MenuLink key={entry.path} entry={entry} location={location} className={classes.phoneLink} />
        ))}
      <UnstyledButton className={classes.phoneLink} onClick={onMore}>
        <IconMenu2 size={18} stroke={1.7} />
        <span>More</span>
      </UnstyledButton>
    </nav>
  );
}

function Missing() {
  return (
    <Page title="Nothing here">
      <EmptyState icon={IconFileOff} title="There is no such page" action={<Link href="/">To the dashboard</Link>}>
        The address may be of a page that your role does not open, or has a letter too many.
      </EmptyState>
    </Page>
  );
}

/** After a change of page the reading position and the focus are at its beginning. */
function useFreshStart() {
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [location]);
  return main;
}

export function Layout() {
  useEventStream();
  const { role } = useSession();
  const [isOpen, { open, close }] = useDisclosure();
  const main = useFreshStart();
  return (
    <div className={classes.frame}>
      <a href="#main" className="skip-link">
        To the content
      </a>
      <aside className={classes.sidebar}>
        <Brand />
        <Menu />
        <AccountMenu />
      </aside>
      <header className={classes.topBar}>
        <Brand />
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Open the menu" onClick={open}>
          <IconMenu2 size={20} />
        </ActionIcon>
      </header>
      <Drawer opened={isOpen} onClose={close} size={264} padding="sm" title={<Brand />} closeButtonProps={{ "aria-label": "Close the menu" }}>
        <Menu onFollow={close} />
        <AccountMenu />
      </Drawer>
      <main id="main" className={classes.main} ref={main} tabIndex={-1}>
        <ConnectionBanner />
        <Safe>
          <Suspense
            fallback={
              <div className={classes.waiting}>
                <Bones rows={6} height={22} />
              </div>
            }
          >
            <Switch>
              {pages
                .filter((entry) => reaches(role, entry.role))
                .map((entry) => (
                  <Route key={entry.path} path={entry.path} component={entry.page} />
                ))}
              <Route component={Missing} />
            </Switch>
          </Suspense>
        </Safe>
      </main>
      <PhoneBar onMore={open} />
    </div>
  );
}
