// `reeve parse`: names as arguments and as lines, for people and as JSON.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkedBinary, type Json, reeve, shell } from "./harness.ts";

const vectors = join(dirname(fileURLToPath(import.meta.url)), "../../../shared/vectors/score.py");

test("a name, for people and as JSON", async () => {
  const name = "The.Movie.Title.2015.German.1080p.BluRay.x264-GROUP";
  const shown = await reeve(["parse", name]);
  assert.equal(shown.code, 0);
  for (const word of ["The Movie Title", "2015", "Bluray-1080p", "GROUP"]) assert.ok(shown.stdout.includes(word), word);
  const object = JSON.parse((await reeve(["parse", "--json", name])).stdout) as Json;
  assert.equal(object.accepted, true);
  assert.equal(object.year, 2015);
  assert.equal(object.quality, "Bluray-1080p");
});

test("lines from standard input, an answer for each in the same order", async () => {
  const names = ["Film.One.2001.720p.HDTV.x264-A", "", "\\xff\\xfe", "....", "1917.2019.2160p.WEB-DL.x265-B", "x".repeat(65536)];
  const result = await shell(`printf '${names.join("\\n")}\\n' | '${checkedBinary}' parse --json -`);
  const lines = result.stdout.trim().split("\n").map((line) => JSON.parse(line) as Json);
  assert.deepEqual(lines.map((line) => line.accepted as boolean), [true, false, false, false, true, false]);
  assert.equal(lines[4]?.title, "1917");
  for (const line of lines) if (!line.accepted) assert.ok(line.reason);
});

test("the vectors, where they are", { skip: !existsSync(vectors) }, async () => {
  const result = await shell(`python3 '${vectors}' --parser '${checkedBinary} parse --json -' --min 97`);
  assert.equal(result.code, 0, result.stdout + result.stderr);
});
