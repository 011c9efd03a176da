import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";
import { themeCss } from "./theme-css.ts";

/** `generated` holds what build.ts made of the API's description; `out` takes the result. */
export function configuration(generated: string, out?: string): UserConfig {
  return {
    root: import.meta.dirname,
    logLevel: "warn",
    plugins: [react(), themeCss()],
    resolve: { alias: { "#api-inputs": resolve(generated, "api-inputs.json") } },
    css: { modules: { generateScopedName: "[name]-[local]-[hash:base64:4]" } },
    build: {
      ...(out ? { outDir: out, emptyOutDir: true } : {}),
      target: ["chrome111", "firefox115", "safari16.4"],
      assetsInlineLimit: 0, // data: addresses are not in the Content-Security-Policy
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
    server: {
      // `npm run dev` beside a running server; REEVE_KEY signs in where its cookie cannot.
      proxy: Object.fromEntries(
        ["/api", "/health", "/docs", "/metrics"].map((path) => [
          path,
          { target: process.env.REEVE_URL ?? "http://127.0.0.1:8460", headers: process.env.REEVE_KEY ? { "X-Api-Key": process.env.REEVE_KEY } : {} },
        ]),
      ),
    },
  };
}

export default defineConfig(configuration(resolve(import.meta.dirname, "generated")));
