// The look of the interface: colours, type, and how Mantine's components differ from their defaults. theme-css.ts turns it into a
// stylesheet at build time.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const moss: MantineColorsTuple = ["#eef7f2", "#dbebe2", "#b5d6c5", "#8cc0a6", "#69ad8b", "#519f79", "#3f8d69", "#317c5a", "#276a4c", "#1d583e"];
const ink: MantineColorsTuple = ["#dfe5e2", "#bcc5c0", "#98a39d", "#6c7771", "#3d4642", "#303834", "#252c29", "#1b211f", "#131816", "#0d110f"];
const stone: MantineColorsTuple = ["#f6f8f7", "#eef1f0", "#e3e8e5", "#d5dcd8", "#c2cbc6", "#a3aea8", "#7a8680", "#56615b", "#39423d", "#202724"];

export const theme = createTheme({
  colors: { moss, dark: ink, gray: stone },
  primaryColor: "moss",
  primaryShade: { light: 7, dark: 7 },
  autoContrast: false,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, monospace",
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.375rem", lineHeight: "1.3" }, h2: { fontSize: "1rem", lineHeight: "1.4" }, h3: { fontSize: "0.875rem", lineHeight: "1.4" } },
  },
  defaultRadius: "md",
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px", xl: "16px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // react-remove-scroll locks by a <style> element; app.css does it with a selector.
    Modal: { defaultProps: { lockScroll: false, centered: true, overlayProps: { backgroundOpacity: 0.4 }, transitionProps: { duration: 120 } } },
    Drawer: { defaultProps: { lockScroll: false, overlayProps: { backgroundOpacity: 0.4 }, transitionProps: { duration: 150 } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 320 } },
    Select: { defaultProps: { checkIconPosition: "right", comboboxProps: { shadow: "md" } } },
    Table: { defaultProps: { verticalSpacing: 7, horizontalSpacing: "sm" } },
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 550, miw: "max-content" } },
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
  },
});
