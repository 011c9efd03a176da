/// <reference types="vite/client" />
declare module "virtual:theme.css";
declare module "@fontsource-variable/inter/wght.css";
declare module "@tabler/icons-react/dist/esm/icons/*.mjs" {
  import type { Icon } from "@tabler/icons-react";
  const icon: Icon;
  export default icon;
}
