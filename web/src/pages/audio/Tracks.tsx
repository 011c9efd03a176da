// The audio and subtitle tracks of a file, with what becomes of their marks.
import { Badge } from "@mantine/core";
import type { StreamInfo, TrackFlags } from "../../api/types.ts";
import { formatCodec } from "../../format.ts";
import { IconMessageDots, IconVolume } from "../../icons.ts";
import { languageName } from "../../languages.ts";
import classes from "./Audio.module.css";
import { marksOf, type Mark } from "./words.ts";

const COLOR: Record<Mark["kind"], string> = { new: "moss", kept: "gray", gone: "orange" };

function detailOf(stream: StreamInfo | undefined): string {
  if (!stream) return "";
  const channels = stream.channel_layout ?? (stream.channels ? `${stream.channels} channels` : null);
  const said = stream.dispositions.filter((mark) => mark !== "default" && mark !== "forced");
  return [stream.title, formatCodec(stream.codec), stream.type === "audio" ? channels : null, ...said].filter(Boolean).join(" · ");
}

export function Tracks({ tracks, streams }: { tracks: readonly TrackFlags[]; streams: readonly StreamInfo[] | undefined }) {
  const numberOf = (track: TrackFlags): number => tracks.filter((each) => each.type === track.type).indexOf(track) + 1;
  return (
    <ul className={classes.tracks} aria-label="Tracks">
      {tracks.map((track) => {
        const stream = streams?.find(({ index }) => index === track.index);
        const Icon = track.type === "audio" ? IconVolume : IconMessageDots;
        return (
          <li key={track.index} className={classes.track} data-default={track.is_default || undefined}>
            <Icon size={17} stroke={1.7} aria-hidden />
            <div className={classes.trackText}>
              <span className={classes.trackName}>
                {track.type === "audio" ? "Audio" : "Subtitle"} {numberOf(track)}
                {stream && `, ${languageName(stream.language ?? "und")}`}
              </span>
              <span className={classes.sub}>{detailOf(stream)}</span>
            </div>
            <span className={classes.marks}>
              {marksOf(track).map((mark) => (
                <Badge key={mark.text} size="sm" color={COLOR[mark.kind]}>
                  {mark.text}
                </Badge>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
