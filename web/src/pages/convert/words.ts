// How formats, sizes and qualities are called by people who edit and watch films.
import type { Schemas } from "../../api/types.ts";

export type Conversion = Schemas["Conversion"];
type Codec = Conversion["codec"];
type Resolution = Conversion["resolution"];
type Quality = Conversion["quality"];

export const FORMATS: Record<Codec, string> = { prores: "ProRes .mov", dnxhr: "DNxHR .mov", h264: "H.264 .mp4", hevc: "HEVC .mp4", av1: "AV1 .mp4" };

const PLAIN: Record<Quality, string> = { low: "Small", medium: "Medium", high: "High" };
export const QUALITIES: Record<Codec, Record<Quality, string>> = {
  prores: { low: "Proxy", medium: "LT", high: "HQ" },
  dnxhr: { low: "LB", medium: "SQ", high: "HQ" },
  h264: PLAIN,
  hevc: PLAIN,
  av1: PLAIN,
};

export const RESOLUTIONS: readonly Resolution[] = ["source", "2160p", "1440p", "1080p", "720p", "540p", "360p"];
export const sizeWord = (resolution: Resolution): string => (resolution === "source" ? "Full size" : resolution === "2160p" ? "4K" : resolution);

export const describe = (it: Pick<Conversion, "codec" | "quality" | "resolution">): string => `${FORMATS[it.codec]} · ${QUALITIES[it.codec][it.quality]} · ${sizeWord(it.resolution)}`;
