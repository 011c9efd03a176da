// Decides what somebody sees who opens the interface: set-up, sign-in, or the pages.
import { Button, Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { ApiError } from "../api/problem.ts";
import { setupQuery } from "../api/queries.ts";
import { Failure } from "../parts/Loaded.tsx";
import { Doorstep } from "./Doorstep.tsx";
import { Layout } from "./Layout.tsx";
import { SessionContext, sessionQuery } from "./session.ts";

const Setup = lazy(() => import("./Setup.tsx"));
const SignIn = lazy(() => import("./SignIn.tsx"));

const RETRY_MS = 5000;

function Stranger() {
  const setup = useQuery(setupQuery);
  if (!setup.data) return setup.error ? <Unreachable error={setup.error} retry={() => void setup.refetch()} /> : <Waiting />;
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/setup">
          <Setup needed={setup.data.needed} />
        </Route>
        <Route>{setup.data.needed ? <Redirect to="/setup" /> : <SignIn />}</Route>
      </Switch>
    </Suspense>
  );
}

const Waiting = () => (
  <Center mih="100dvh">
    <Loader color="gray" type="dots" aria-label="Loading" />
  </Center>
);

function Unreachable({ error, retry }: { error: Error; retry: () => void }) {
  const starting = error instanceof ApiError && error.status === 503;
  return (
    <Doorstep title={starting ? "Reeve is starting" : "Reeve does not answer"}>
      <Failure error={error} />
      <Button variant="default" onClick={retry}>
        Try again
      </Button>
    </Doorstep>
  );
}

export function Gate() {
  const session = useQuery({ ...sessionQuery, refetchInterval: (query) => (query.state.error ? RETRY_MS : false) });
  if (session.data === undefined) return session.error ? <Unreachable error={session.error} retry={() => void session.refetch()} /> : <Waiting />;
  if (session.data === null) return <Stranger />;
  return (
    <SessionContext value={session.data}>
      <Switch>
        <Route path="/setup">
          <Redirect to="/" />
        </Route>
        <Route>
          <Layout />
        </Route>
      </Switch>
    </SessionContext>
  );
}
