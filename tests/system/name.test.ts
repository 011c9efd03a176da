// `reeve name`: what files would be called, from their names and from what is in them. Nothing is renamed.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type CommandResult, ffmpeg, type Json, reeve, temporaryDirectory } from "./harness.ts";

const media = temporaryDirectory();
const film = join(media, "The.Film.2015.Directors.Cut.BluRay.x264-GRP.mkv");
const name = (...args: string[]): Promise<CommandResult> => reeve(["name", ...args]);

before(async () => {
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x536:d=1", "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "sine=f=300:d=1",
    "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-c:a", "aac", "-ac", "2", "-metadata:s:a:0", "language=eng",
    "-metadata:s:a:1", "language=ger", film);
});

describe("names by template", () => {
  const rows: [string, string][] = [
    ["{Movie Title} ({Release Year}) {[Quality Full]}", "The Film (2015) [Bluray-720p].mkv"],
    ["{Movie TitleThe} ({Release Year})/{Movie.CleanTitle}.{edition-{Edition Tags}}{-Release Group}",
      "Film, The (2015)/The.Film.{edition-Directors Cut}-GRP.mkv"],
    ["{Original Title} {MediaInfo VideoCodec} {MediaInfo AudioCodec} {MediaInfo AudioChannels} {MediaInfo AudioLanguages}",
      "The.Film.2015.Directors.Cut.BluRay.x264-GRP x264 AAC 2.0 [EN+DE].mkv"],
  ];
  for (const [template, want] of rows) test(template, async () => {
    const result = await name("--template", template, film);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, `${want}\n`);
  });

  test("title, year and colons are as told; the extension stays", async () => {
    const result = await name("--template", "{Movie Title} ({Release Year})", "--title", "Film: Reloaded?", "--year", "2016", "--colon", "dash", film);
    assert.equal(result.stdout, "Film- Reloaded! (2016).mkv\n");
    const posix = await name("--template", "{Movie Title}", "--title", "Film: Reloaded?", "--target", "posix", film);
    assert.equal(posix.stdout, "Film: Reloaded?.mkv\n");
  });

  test("custom formats of a community file", async () => {
    const formats = join(temporaryDirectory(), "formats.json");
    const title = (label: string, value: string): Json => ({ name: label, trash_id: "x", includeCustomFormatWhenRenaming: true,
      specifications: [{ name: label, implementation: "ReleaseTitleSpecification", negate: false, required: true, fields: { value } }] });
    writeFileSync(formats, JSON.stringify([title("x264", "[xh][ ._-]?264"), title("AMZN", "\\bAMZN\\b"), title("Slow", "(.*)*[^\\s\\S]")]));
    const result = await name("--template", "{Movie Title} {Custom Formats}", "--formats", formats, film);
    assert.equal(result.stdout, "The Film x264.mkv\n");
    assert.match(result.stderr, /condition "Slow" of the custom format "Slow" was stopped/);
  });

  test("names alone, as JSON, one answer each", async () => {
    const result = await name("--json", "--names", "--template", "{Movie Title} {[Quality Title]}", "A.Film.2001.2160p.WEB-DL-X.mkv", "8f14e45fceea167a5a36dedd4bea2543.mkv");
    const lines = result.stdout.trim().split("\n").map((line) => JSON.parse(line) as Json);
    assert.equal(lines[0]?.name, "A Film [WEBDL-2160p].mkv");
    assert.equal(lines[1]?.error.code, "invalid");
    assert.notEqual(result.code, 0);
  });

  test("long titles give way to what stands behind them", async () => {
    const result = await name("--names", "--template", "{Movie Title} {[Quality Title]}", "--title", "日本".repeat(100), "A.2001.1080p.BluRay-X.mkv");
    assert.ok(Buffer.byteLength(result.stdout.trim()) <= 255);
    assert.match(result.stdout, /\.\.\. \[Bluray-1080p\]\.mkv$/m);
  });

  test("nothing was renamed", () => assert.deepEqual(readdirSync(media), ["The.Film.2015.Directors.Cut.BluRay.x264-GRP.mkv"]));
});

describe("bad input", () => {
  const refused: [string, string[], RegExp][] = [
    ["an unknown token", ["--template", "{Movie Titel}", film], /at character 2, there is no token of this name: Movie Titel\./],
    ["an open brace", ["--template", "{Movie Title} {x", film], /at character 15, the brace opens no token/],
    ["no title", ["--template", "{Quality Full}", film], /would give every film the same file name/],
    ["no file", ["--template", "{Movie Title}", "/nonexistent.mkv"], /nonexistent\.mkv/],
    ["nothing", [], /Say which files/],
    ["a wrong target", ["--target", "amiga", film], /--target must be portable, windows or posix/],
  ];
  for (const [what, args, message] of refused) test(what, async () => {
    const result = await name(...args);
    assert.notEqual(result.code, 0);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, message);
  });

  test("a broken custom format names itself", async () => {
    const formats = join(temporaryDirectory(), "broken.json");
    writeFileSync(formats, '{"name": "F", "specifications": [{"name": "C", "implementation": "ReleaseTitleSpecification", "fields": {"value": "a("}}]}');
    const result = await name("--formats", formats, film);
    assert.match(result.stderr, /"F" cannot be used\. The condition "C" cannot be used: The expression cannot be read at character 3/);
  });

  test("the tokens are listed", async () => assert.match((await name("--tokens")).stdout, /\{MediaInfo AudioLanguages\}/));
});
