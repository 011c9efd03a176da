// Who is signed in, and what they may do.
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, must, setCsrfToken } from "../api/client.ts";
import { ApiError } from "../api/problem.ts";
import type { Schemas } from "../api/types.ts";
import { reaches, type Role } from "./navigation.ts";

export type Session = Schemas["SignedIn"]["user"];

/** Keeps the token for changes and gives back who it is of. */
export function enter(signedIn: Schemas["SignedIn"]): Session {
  setCsrfToken(signedIn.csrf);
  return signedIn.user;
}

/** null: nobody. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session | null> => {
    try {
      return enter(await must(api.GET("/api/v1/session")));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
});

/** Somebody else is there now, or nobody. What the one before has loaded is forgotten; the session's own query stays, because whoever
 * looks at it would not see another one. */
export function changeSession(client: QueryClient, session: Session | null): void {
  if (session === null) setCsrfToken(null);
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] });
  client.setQueryData(sessionQuery.queryKey, session);
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession was called outside of a session");
  return session;
}

/** Buttons that the server would refuse are not shown. */
export function useMay(role: Role): boolean {
  return reaches(useSession().role, role);
}
