// What the tests of the Audio page share: films in three languages, and the messages of Sonarr and Radarr about them.
import assert from "node:assert/strict";
import { ffmpeg, probe, type Json } from "../system/harness.ts";

export interface Track {
  language: string;
  title?: string;
}

const THREE: readonly Track[] = [{ language: "eng", title: "Stereo" }, { language: "deu" }, { language: "fra", title: "Version française" }];

/** A film with these audio tracks, of which the first is the default, and an English subtitle where the container can hold one. */
export async function makeTracks(path: string, tracks: readonly Track[] = THREE): Promise<void> {
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=1"],
    ...tracks.flatMap((_, index) => ["-f", "lavfi", "-i", `sine=f=${200 + 100 * index}:d=1`]),
    ...["-map", "0", ...tracks.flatMap((_, index) => ["-map", String(index + 1)]), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"],
    ...tracks.flatMap(({ language, title }, index) => [`-metadata:s:a:${index}`, `language=${language}`, ...(title ? [`-metadata:s:a:${index}`, `title=${title}`] : []), `-disposition:a:${index}`, index === 0 ? "default" : "0"]),
    `file:${path}`,
  );
}

/** An import as Radarr tells of it. */
export const imported = (path: string, file: number, language = "German"): Json => ({
  eventType: "Download",
  instanceName: "Radarr",
  movie: { id: file, title: `Film ${file}`, year: 2004, folderPath: path.slice(0, path.lastIndexOf("/")), tmdbId: 600 + file, originalLanguage: { id: 4, name: language } },
  movieFile: { id: file, relativePath: path.slice(path.lastIndexOf("/") + 1), path, quality: "WEBDL-1080p", size: 1000 },
  isUpgrade: false,
});

/** The language of the only default audio track, as ffprobe sees it. */
export async function spoken(path: string): Promise<string> {
  const streams = ((await probe(path)).streams as Json[]).filter((stream) => stream.codec_type === "audio" && stream.disposition.default);
  assert.equal(streams.length, 1, `${path} has one default track`);
  return String(streams[0]?.tags?.language);
}
