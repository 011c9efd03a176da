// Languages in words. What a language is, and which spellings of it are one, is the server's to judge; here are names for people and
// a list to choose from, both from the browser's own tables (CLDR).

const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });

/** What ISO 639-2 has besides languages, as it means it about a track. */
const SPECIAL: Record<string, string> = { und: "Without a language", zxx: "Nothing spoken", mul: "Several languages", mis: "A language without a code", qaa: "Original audio, as broadcasters mark it" };

/** "deu", "ger" and "de" as "German", "pt-BR" as "Brazilian Portuguese"; a name as it stands, and what nobody knows too. */
export function languageName(text: string): string {
  const code = text.trim();
  const special = SPECIAL[code.toLowerCase()];
  if (special) return special;
  try {
    return names.of(code) ?? text;
  } catch {
    return text; // no tag at all, such as "Portuguese (Brazil)"
  }
}

export interface LanguageChoice {
  code: string;
  name: string;
}

let choices: readonly LanguageChoice[] | undefined;

/** Every language with a code of two letters, by name, and tracks that say none. */
export function languageChoices(): readonly LanguageChoice[] {
  if (choices) return choices;
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
  const found = new Map<string, string>();
  for (const first of letters)
    for (const second of letters) {
      const code = first + second;
      const name = names.of(code);
      // A withdrawn code is another one's name.
      if (name && Intl.getCanonicalLocales(code)[0] === code && !found.has(name)) found.set(name, code);
    }
  choices = [...Array.from(found, ([name, code]) => ({ code, name })).sort((a, b) => a.name.localeCompare(b.name, "en")), { code: "und", name: languageName("und") }];
  return choices;
}

/** What somebody typed, as a code where it is the name of one. The server understands names too. */
export function languageCode(text: string): string {
  const typed = text.trim();
  return languageChoices().find(({ name }) => name.toLowerCase() === typed.toLowerCase())?.code ?? typed;
}
