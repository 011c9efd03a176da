// Taking back an entry of the history.
import type { UseMutationResult } from "@tanstack/react-query";
import { api, must } from "../api/client.ts";
import type { Schemas } from "../api/types.ts";
import { useAction } from "./feedback.tsx";

export interface Undoing {
  id: number;
  /** The toast when the server has taken it on. */
  said: string;
}

export function useUndo(): UseMutationResult<Schemas["JobMade"], Error, Undoing> {
  return useAction({
    run: ({ id }: Undoing) => must(api.POST("/api/v1/history/{id}/undo", { params: { path: { id } } })),
    done: (_, { said }) => said,
    changes: ["history", "jobs", "stats"],
  });
}
