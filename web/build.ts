// Builds the user interface from the API's own description (OpenAPI). Run by web/meson.build; `npm run types` makes the generated
// files beside the sources, for editors and for `npm run dev`.
//
// usage: node build.ts --openapi FILE --out DIRECTORY --list FILE --depfile FILE     everything
//        node build.ts --openapi FILE --types                                        the generated files only
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import openapiTS, { astToString } from "openapi-typescript";
import { build } from "vite";
import { configuration } from "./vite.config.ts";

const web = import.meta.dirname;
const { values: options } = parseArgs({
  options: { openapi: { type: "string" }, out: { type: "string" }, list: { type: "string" }, depfile: { type: "string" }, types: { type: "boolean" } },
});

function required(name: "openapi" | "out" | "list" | "depfile"): string {
  const value = options[name];
  if (!value) throw new Error(`build.ts needs --${name}.`);
  return resolve(value);
}

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}
interface Description {
  paths: Record<string, Record<string, { requestBody?: { content?: Record<string, { schema?: Schema }> } }>>;
  components: { schemas: Record<string, Schema> };
}

/** The shapes that requests send, and those inside them: what forms show of a field is what its table says. */
function inputSchemas(description: Description): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const visit = (schema: Schema | undefined): void => {
    if (!schema) return;
    const name = schema.$ref?.split("/").at(-1);
    if (name && !found[name]) {
      const target = description.components.schemas[name];
      if (!target) throw new Error(`The description names ${name} and does not have it.`);
      found[name] = target;
      visit(target);
    }
    Object.values(schema.properties ?? {}).forEach(visit);
    visit(schema.items);
  };
  for (const path of Object.values(description.paths))
    for (const operation of Object.values(path)) visit(operation.requestBody?.content?.["application/json"]?.schema);
  return found;
}

async function generate(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const text = readFileSync(required("openapi"), "utf8");
  writeFileSync(join(directory, "api-schema.d.ts"), astToString(await openapiTS(text, { defaultNonNullable: false })));
  writeFileSync(join(directory, "api-inputs.json"), JSON.stringify(inputSchemas(JSON.parse(text) as Description)));
}

/** The types are of this build, so the configuration is too. */
function checkTypes(generated: string, work: string): void {
  const config = join(work, "tsconfig.json");
  const compilerOptions = {
    typeRoots: [join(web, "node_modules/@types")],
    types: [join(web, "node_modules/vite/client"), join(web, "node_modules/@types/node")],
    paths: { "#api-schema": [join(generated, "api-schema.d.ts")], "#api-inputs": [join(generated, "api-inputs.json")] },
  };
  writeFileSync(config, JSON.stringify({ extends: join(web, "tsconfig.json"), compilerOptions, include: [join(web, "src"), join(web, "*.ts")] }));
  try {
    execFileSync(process.execPath, [join(web, "node_modules/typescript/bin/tsc"), "--project", config, "--pretty", "false"], { stdio: "pipe" });
  } catch (error) {
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
    throw new Error(`The user interface's types are wrong:\n${said}`);
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** The server sends these to who takes them; what does not get smaller has none. */
function compress(directory: string): void {
  for (const path of filesBelow(directory)) {
    const plain = readFileSync(path);
    const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
    const gzip = gzipSync(plain, { level: 9 });
    if (brotli.length < plain.length * 0.95) writeFileSync(`${path}.br`, brotli);
    if (gzip.length < plain.length * 0.95) writeFileSync(`${path}.gz`, gzip);
  }
}

async function buildAll(): Promise<void> {
  const out = required("out");
  const work = `${out}-work`;
  const generated = join(work, "generated");
  rmSync(work, { recursive: true, force: true });
  await generate(generated);
  checkTypes(generated, work);
  await build({ ...configuration(generated, out), configFile: false });
  compress(out);
  const sources = [...filesBelow(join(web, "src")), ...filesBelow(join(web, "public")), ...["index.html", "tsconfig.json", "vite.config.ts", "theme-css.ts"].map((name) => join(web, name))];
  const list = required("list");
  writeFileSync(required("depfile"), `${options.list}: ${sources.map((path) => path.replaceAll(" ", "\\ ")).join(" ")}\n`);
  writeFileSync(list, filesBelow(out).map((path) => `${relative(out, path)}\n`).join(""));
}

try {
  await (options.types ? generate(join(web, "generated")) : buildAll());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
