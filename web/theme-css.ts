// Writes Mantine's CSS variables for our theme into a stylesheet at build time. Mantine would put them into a <style> element at run
// time, which the server's Content-Security-Policy does not allow.
import { convertCssVariables, defaultCssVariablesResolver, mergeMantineTheme, DEFAULT_THEME } from "@mantine/core";
import type { Plugin } from "vite";
import { theme } from "./src/theme.ts";

const NAME = "virtual:theme.css";

export function themeCss(): Plugin {
  return {
    name: "theme-css",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const variables = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
      return convertCssVariables({
        variables: variables.variables,
        light: { ...variables.light, "--mantine-color-scheme": "light" },
        dark: { ...variables.dark, "--mantine-color-scheme": "dark" },
      });
    },
  };
}
