// A still of a film, made by the server. Where there is none, a quiet sign.
import { useState } from "react";
import { IconMovie } from "../icons.ts";
import classes from "./Thumbnail.module.css";

interface ThumbnailProps {
  file: number | null;
  large?: boolean;
}

export function Thumbnail({ file, large }: ThumbnailProps) {
  const address = file === null ? null : `/api/v1/files/${file}/thumbnail`;
  const [broken, setBroken] = useState<string | null>(null);
  return (
    <span className={classes.frame} data-large={large || undefined} aria-hidden>
      {address && broken !== address ? <img src={address} alt="" loading="lazy" decoding="async" onError={() => setBroken(address)} /> : <IconMovie size={large ? 32 : 20} stroke={1.5} />}
    </span>
  );
}
