// What the API's field tables say about each field of an input: the help, the limits and the choices that forms show. Read from the
// description at build time, so that nothing of it is written twice.
import inputs from "#api-inputs";

export interface FieldSchema {
  type?: string | string[];
  format?: string;
  description?: string;
  default?: unknown;
  enum?: (string | null)[];
  "x-enum-help"?: Record<string, string>;
  "x-advanced"?: boolean;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: FieldSchema;
  $ref?: string;
}

interface RecordSchema {
  properties?: Record<string, FieldSchema>;
  required?: string[];
}

const records = inputs as unknown as Record<string, RecordSchema>;

export interface NamedField {
  name: string;
  schema: FieldSchema;
  required: boolean;
}

export function fieldsOf(record: string): NamedField[] {
  const schema = records[record];
  if (!schema) throw new Error(`The API has no input ${record}.`);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({ name, schema: field, required: schema.required?.includes(name) ?? false }));
}

export const typeOf = (schema: FieldSchema): string => (Array.isArray(schema.type) ? (schema.type.find((type) => type !== "null") ?? "") : (schema.type ?? ""));
export const isNullable = (schema: FieldSchema): boolean => Array.isArray(schema.type) && schema.type.includes("null");

/** What a form begins with where nothing is stored yet. */
export function presets(record: string): Record<string, unknown> {
  return Object.fromEntries(
    fieldsOf(record).map(({ name, schema }) => {
      if (schema.default !== undefined) return [name, schema.default];
      if (isNullable(schema)) return [name, null];
      const type = typeOf(schema);
      return [name, schema.enum ? (schema.enum[0] ?? null) : type === "boolean" ? false : type === "array" ? [] : type === "integer" || type === "number" ? 0 : ""];
    }),
  );
}
