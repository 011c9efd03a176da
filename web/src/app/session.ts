// Who is signed in, and what they may do.
import { createContext, useContext } from "react";
import { reaches, type Role } from "./navigation.ts";

export interface Session {
  name: string;
  role: Role;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("used outside of a session");
  return session;
}

/** Buttons that the server would refuse are not shown. */
export function useMay(role: Role): boolean {
  return reaches(useSession().role, role);
}
