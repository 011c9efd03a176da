// Where a page belongs to: the way back, above its title.
import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import { IconChevronLeft } from "../icons.ts";

export function Crumb({ href, children }: { href: string; children: string }) {
  return (
    <Anchor component={Link} href={href} size="sm" display="inline-flex" style={{ alignItems: "center", gap: "0.125rem" }}>
      <IconChevronLeft size={15} aria-hidden /> {children}
    </Anchor>
  );
}
