// `reeve audio`: the default track, set in the file itself, as other programs then see it.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { type CommandResult, ffmpeg, type Json, probe, reeve, shell, temporaryDirectory } from "./harness.ts";

const media = temporaryDirectory();
const audio = (...args: string[]): Promise<CommandResult> => reeve(["audio", ...args]);
const object = (result: CommandResult): Json => JSON.parse(result.stdout) as Json;

/** The default audio tracks, counted among the audio tracks, as ffprobe sees them. */
async function defaults(path: string): Promise<number[]> {
  const streams = (await probe(path)).streams as Json[];
  return streams.filter((stream) => stream.codec_type === "audio").flatMap((stream, i) => (stream.disposition.default ? [i] : []));
}

/** What is in the streams, whatever the container says about them. */
const packets = async (path: string): Promise<string> => (await shell(`ffmpeg -v error -i 'file:${path}' -map 0 -c copy -f streamhash -`)).stdout;

function copyOf(name: string): string {
  const path = join(temporaryDirectory(), basename(name));
  copyFileSync(join(media, name), path);
  return path;
}

before(async () => {
  await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:d=1", "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "sine=f=300:d=1",
    "-f", "lavfi", "-i", "sine=f=200:d=1", "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-c:a", "aac",
    "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre", "-metadata:s:a:1", "title=Commentaire du réalisateur",
    "-metadata:s:a:2", "language=fre", join(media, "film.mkv"));
  await ffmpeg("-i", join(media, "film.mkv"), "-map", "0", "-c", "copy", join(media, "film.mp4"));
  await shell(`mkvmerge -q -o '${join(media, "merged.mkv")}' '${join(media, "film.mkv")}'`);
});

describe("the default audio track", () => {
  for (const name of ["film.mkv", "merged.mkv", "film.mp4"]) {
    test(`${name}: planned, applied once, and nothing the second time`, async () => {
      const path = copyOf(name);
      const [size, content] = [statSync(path).size, await packets(path)];
      const plan = object(await audio("plan", "--json", "--languages", "fra,eng", path));
      assert.equal(plan.outcome, "edit");
      assert.equal(plan.choice.track, 3);
      assert.ok(plan.bytes > 0 && plan.bytes <= 65536);
      assert.ok(readFileSync(path).equals(readFileSync(join(media, name))), "a plan changes nothing");

      const applied = object(await audio("apply", "--json", "--languages", "fra,eng", path));
      assert.equal(applied.outcome, "edited");
      assert.deepEqual(await defaults(path), [2], "the French track that is no commentary");
      assert.equal(statSync(path).size, size);
      assert.equal(await packets(path), content);
      assert.deepEqual(readdirSync(join(path, "..")), [basename(path)], "the journal is gone");

      const again = object(await audio("apply", "--json", "--languages", "fra,eng", path));
      assert.equal(again.outcome, "nothing");
      assert.equal((await audio("apply", "--languages", "fra", "--original", "English", path)).code, 0);
      assert.deepEqual(await defaults(path), [0]);
    });
  }

  test("no track in a language that is wanted: the file is left alone", async () => {
    const path = copyOf("film.mkv");
    const result = object(await audio("apply", "--json", "--languages", "kor,jpn", path));
    assert.equal(result.outcome, "nothing");
    assert.equal(result.choice.decision, "leave-alone");
    assert.ok(readFileSync(path).equals(readFileSync(join(media, "film.mkv"))));
  });

  test("a dry run writes nothing, and show lists the tracks", async () => {
    const path = copyOf("film.mkv");
    assert.equal(object(await audio("apply", "--json", "--dry-run", "--languages", "fra", path)).outcome, "edit");
    assert.ok(readFileSync(path).equals(readFileSync(join(media, "film.mkv"))));
    const tracks = object(await audio("show", "--json", path)).tracks as Json[];
    assert.deepEqual(tracks.map((track) => track.type as string), ["video", "audio", "audio", "audio"]);
    assert.match((await audio("show", path)).stdout, /Commentaire du réalisateur/);
  });
});

describe("bad input", () => {
  const refused: [string, string | Buffer, number][] = [
    ["empty.mkv", "", 2],
    ["text.mkv", "this is no film\n".repeat(100), 2],
    ["header.mkv", Buffer.from("1a45dfa3ff", "hex"), 2],
  ];
  for (const [name, content, code] of refused) {
    test(`${name}: an error with words, and the file as it was`, async () => {
      const path = join(temporaryDirectory(), name);
      writeFileSync(path, content);
      const result = await audio("apply", "--languages", "fra", path);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, new RegExp(name));
      assert.ok(readFileSync(path).equals(Buffer.from(content)));
    });
  }

  test("a truncated file is refused or edited whole, never half", async () => {
    const whole = readFileSync(join(media, "film.mkv"));
    for (const share of [0.001, 0.01, 0.1, 0.5]) {
      const path = join(temporaryDirectory(), "cut.mkv");
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
      const before = readFileSync(path);
      const result = await audio("apply", "--languages", "fra", path);
      if (result.code === 0) assert.deepEqual(await defaults(path), [2]);
      else assert.ok(readFileSync(path).equals(before));
    }
  });

  test("a file with other names is left alone, and the exit code says so", async () => {
    const path = copyOf("film.mkv");
    linkSync(path, `${path}.seed`);
    const result = await audio("apply", "--languages", "fra", path);
    assert.equal(result.code, 4);
    assert.match(result.stderr, /hard links/);
    assert.ok(readFileSync(path).equals(readFileSync(join(media, "film.mkv"))));
  });

  test("a language that does not exist, none at all, and a file that is not there", async () => {
    const path = copyOf("film.mkv");
    assert.match((await audio("plan", "--languages", "xyzzy", path)).stderr, /xyzzy/);
    assert.equal((await audio("plan", path)).code, 2);
    assert.equal((await audio("plan", "--languages", "fra", `${path}.gone`)).code, 3);
    assert.ok(!existsSync(`${path}.gone`));
  });

  test("one that fails does not stop the others", async () => {
    const path = copyOf("film.mkv");
    const lines = (await audio("apply", "--json", "--languages", "fra", "/nonexistent.mkv", path)).stdout.trim().split("\n").map((line) => JSON.parse(line) as Json);
    assert.equal(lines[0]?.error.code, "not-found");
    assert.equal(lines[1]?.outcome, "edited");
  });
});
