// `reeve judge`: which releases would be fetched by a file of rules, and why the others would not.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type CommandResult, type Json, reeve, temporaryDirectory } from "./harness.ts";

const directory = temporaryDirectory();
const formats = [["x265", "[xh][ ._-]?265"], ["AMZN", "\\bAMZN\\b"], ["Slow", "(.*)*[^\\s\\S]"]].map(([name, value]) => ({
  name, specifications: [{ name, implementation: "ReleaseTitleSpecification", negate: false, required: true, fields: { value } }] }));
writeFileSync(join(directory, "formats.json"), JSON.stringify(formats));

const film = "movie: {title: The Film, year: 2015, original_language: English, running_minutes: 110, minimum_availability: announced}\n";
const base = `profile: HD-1080p\ncutoff: Remux-1080p\ncutoff_format_score: 100\nformats: formats.json\nscores:
  - {name: x265, score: -50}\n  - {name: AMZN, score: 20}\n${film}`;

function judge(rules: string, ...args: string[]): Promise<CommandResult> {
  const path = join(directory, `rules-${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(path, rules);
  return reeve(["judge", "--rules", path, ...args]);
}

async function verdicts(rules: string, ...names: string[]): Promise<Json[]> {
  const result = await judge(rules, "--json", ...names);
  assert.equal(result.code, 0, result.stderr);
  return result.stdout.trim().split("\n").map((line) => JSON.parse(line) as Json);
}

const rulesOf = (decision: Json | undefined): string[] => (decision?.rejections as Json[]).map((rejection) => rejection.rule as string);

describe("releases judged", () => {
  test("the best first, then those that are refused, each with its reason", async () => {
    const got = await verdicts(base, "The.Film.2015.1080p.BluRay.x264-A", "The.Film.2015.1080p.WEB-DL.AMZN-B", "The.Film.2015.1080p.WEB-DL-C",
      "The.Film.2015.1080p.BluRay.x265-D", "Another.Film.2015.1080p.BluRay.x264-E");
    assert.deepEqual(got.map((one) => (one.title as string).slice(-1)), ["A", "B", "C", "E", "D"]);
    assert.deepEqual(got.map((one) => one.accepted as boolean), [true, true, true, false, false]);
    assert.deepEqual(rulesOf(got[4]), ["format-score"]);
    assert.deepEqual(rulesOf(got[3]), ["movie"]);
    assert.deepEqual(got[1]?.formats, ["AMZN"]);
  });

  test("a finished encode is not fetched again", async () => {
    const file = "file: {name: The Film (2015) Bluray-1080p.mkv, source: The.Film.2015.1080p.BluRay.REMUX.AVC-GRP, encoded: true}\n";
    const remux = "The.Film.2015.1080p.BluRay.REMUX.AVC-GRP", other = "The.Film.2015.1080p.BluRay.REMUX.AVC-OTHER";
    const got = await verdicts(`${base}${file}transcode: {name: hevc}\n`, remux, other, "The.Film.2015.1080p.BluRay.x264-A");
    for (const one of got) assert.equal(one.accepted, false);
    assert.deepEqual(rulesOf(got.find((one) => one.title === remux)), ["imported", "upgrade"]);
    const unknown = "file: {name: The Film (2015) Bluray-1080p.mkv, encoded: true}\n";
    const [again] = await verdicts(`${base}${unknown}transcode: {name: hevc}\n`, other);
    assert.match((again?.rejections as Json[])[0]?.reason as string, /"hevc" would make Bluray-1080p of this Remux-1080p release/);
    const [kept] = await verdicts(`${base}${unknown}`, other);
    assert.equal(kept?.accepted, true, "nothing is encoded: the remux is better");
  });

  test("what the rules' file says of a release counts", async () => {
    const releases = "releases:\n  - {title: The.Film.2015.1080p.BluRay.x264-A, seeders: 0}\n  - {title: The.Film.2015.1080p.BluRay.x264-B, seeders: 9}\n";
    const got = await verdicts(base + releases);
    assert.deepEqual(got.map((one) => one.accepted as boolean), [true, false]);
    assert.deepEqual(rulesOf(got[1]), ["seeders"]);
  });

  test("for people, and the rules listed", async () => {
    const result = await judge(base, "The.Film.2015.1080p.BluRay.x264-A", "The.Film.2015.2160p.BluRay.x264-B");
    assert.match(result.stdout, /^fetch\s+The\.Film\.2015\.1080p\.BluRay\.x264-A\n\s+Bluray-1080p, score 0\nno\s/);
    assert.match(result.stdout, /quality: The profile "HD-1080p" does not take Bluray-2160p\./);
    assert.match(result.stderr, /condition "Slow" of the custom format "Slow" was stopped/);
    assert.match((await reeve(["judge", "--list-rules"])).stdout, /^name {2}.*\n(.*\n)*upgrade /);
  });
});

describe("bad input", () => {
  const refused: [string, string, RegExp][] = [
    ["no film", "profile: SD\n", /movie is required/],
    ["a wrong field", `${film}profil: SD\n`, /profil.*\(line 2/],
    ["an unknown profile", `${film}profile: Best\n`, /There is no quality profile "Best"; there are Any, SD/],
    ["an unknown cutoff", `${film}cutoff: Perfect\n`, /no quality or group "Perfect"/],
    ["a score for nothing", `${film}scores: [{name: X, score: 1}]\n`, /There is no custom format "X"/],
    ["no such formats", `${film}formats: missing.json\n`, /missing\.json/],
    ["a broken term", `${film}restrictions: [{name: R, ignored: ["/a(/"]}]\n`, /The term "\/a\(\/" of the restriction "R" cannot be used/],
  ];
  for (const [what, rules, message] of refused) test(what, async () => {
    const result = await judge(rules, "The.Film.2015.1080p.BluRay.x264-A");
    assert.notEqual(result.code, 0);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, message);
  });

  test("no rules", async () => assert.match((await reeve(["judge", "X"])).stderr, /--rules FILE/));
});
