// Everything around the pages: look, queries, dialogs, toasts, and who is signed in.
import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ApiError } from "../api/problem.ts";
import { theme } from "../theme.ts";
import { Gate } from "./Gate.tsx";
import { Safe } from "./Safe.tsx";

const STALE_MS = 30_000; // events say earlier what has changed

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The session has ended: Gate asks who is there, and shows the sign-in page.
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== "session") void client.invalidateQueries({ queryKey: ["session"] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
      refetchOnWindowFocus: false,
    },
  },
});

export function App() {
  return (
    // The variables are in a stylesheet (theme-css.ts): the Content-Security-Policy allows no <style> elements.
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={client}>
        <ModalsProvider modalProps={{ lockScroll: false, size: "md" }} labels={{ confirm: "Confirm", cancel: "Cancel" }}>
          <Notifications position="bottom-right" limit={4} containerWidth={380} />
          <Safe>
            <Gate />
          </Safe>
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
