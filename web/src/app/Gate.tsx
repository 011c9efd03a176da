import { Router } from "wouter";
import { SessionContext } from "./session.ts";
import { Layout } from "./Layout.tsx";

export function Gate() {
  return (
    <Router>
      <SessionContext value={{ name: "developer", role: "admin" }}>
        <Layout />
      </SessionContext>
    </Router>
  );
}
