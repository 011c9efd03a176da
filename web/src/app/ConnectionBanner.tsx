// Says that what the page shows may be old, while the event stream is down. It tries again by itself.
import { useEffect, useState } from "react";
import { useConnection } from "../api/events.ts";
import { IconPlugConnectedX } from "../icons.ts";
import classes from "./ConnectionBanner.module.css";

/** A stream that is renewed at once is no loss worth a word. */
const PATIENCE_MS = 1500;

export function ConnectionBanner() {
  const connection = useConnection();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (connection !== "lost") {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [connection]);
  return (
    <div role="status" aria-live="polite">
      {shown && (
        <div className={classes.banner}>
          <IconPlugConnectedX size={18} stroke={1.8} />
          <span>
            <b>The connection to Reeve is lost.</b> What you see may be old; it is tried again by itself, and running encodes go on meanwhile.
          </span>
        </div>
      )}
    </div>
  );
}
