// The pages: where they are, who may open them, and when their code is loaded.
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import { IconAdjustmentsHorizontal, IconCalendarClock, IconFileText, IconFolders, IconHistory, IconLayoutDashboard, IconListDetails, IconMovie, IconSettings, IconTool, IconTransform, IconUsers, IconVolume } from "../icons.ts";

export type Role = "viewer" | "operator" | "admin";
type PageComponent = LazyExoticComponent<ComponentType>;

export interface PageEntry {
  path: string;
  /** In the menu; pages below another have none. */
  label?: string;
  icon?: ComponentType<{ size?: number; stroke?: number }>;
  group?: "Watch" | "Library" | "Administration";
  role: Role;
  page: PageComponent;
}

export const pages: readonly PageEntry[] = [
  { path: "/", label: "Dashboard", icon: IconLayoutDashboard, group: "Watch", role: "viewer", page: lazy(() => import("../pages/dashboard/Dashboard.tsx")) },
  { path: "/queue", label: "Queue", icon: IconListDetails, group: "Watch", role: "viewer", page: lazy(() => import("../pages/queue/Queue.tsx")) },
  { path: "/history", label: "History", icon: IconHistory, group: "Watch", role: "viewer", page: lazy(() => import("../pages/history/History.tsx")) },
  { path: "/library", label: "Library", icon: IconMovie, group: "Library", role: "viewer", page: lazy(() => import("../pages/library/Library.tsx")) },
  { path: "/library/:id", role: "viewer", page: lazy(() => import("../pages/library/FileDetail.tsx")) },
  { path: "/roots", label: "Roots", icon: IconFolders, group: "Library", role: "viewer", page: lazy(() => import("../pages/roots/Roots.tsx")) },
  { path: "/profiles", label: "Profiles", icon: IconAdjustmentsHorizontal, group: "Library", role: "viewer", page: lazy(() => import("../pages/profiles/Profiles.tsx")) },
  { path: "/profiles/:id", role: "viewer", page: lazy(() => import("../pages/profiles/ProfileEditor.tsx")) },
  { path: "/schedules", label: "Schedules", icon: IconCalendarClock, group: "Library", role: "viewer", page: lazy(() => import("../pages/schedules/Schedules.tsx")) },
  { path: "/audio", label: "Audio", icon: IconVolume, group: "Library", role: "viewer", page: lazy(() => import("../pages/audio/Audio.tsx")) },
  { path: "/audio/batches/:id", role: "viewer", page: lazy(() => import("../pages/audio/BatchDetail.tsx")) },
  { path: "/convert", label: "Convert", icon: IconTransform, group: "Library", role: "viewer", page: lazy(() => import("../pages/convert/Convert.tsx")) },
  { path: "/people", label: "Users and keys", icon: IconUsers, group: "Administration", role: "admin", page: lazy(() => import("../pages/people/People.tsx")) },
  { path: "/settings", label: "Settings", icon: IconSettings, group: "Administration", role: "admin", page: lazy(() => import("../pages/settings/Settings.tsx")) },
  { path: "/tools", label: "Tools", icon: IconTool, group: "Administration", role: "admin", page: lazy(() => import("../pages/tools/Tools.tsx")) },
  { path: "/logs", label: "Logs", icon: IconFileText, group: "Administration", role: "admin", page: lazy(() => import("../pages/logs/Logs.tsx")) },
];

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };
export const reaches = (role: Role, needed: Role): boolean => RANK[role] >= RANK[needed];
