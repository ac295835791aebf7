import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repository } from "../repository.ts";

/** One import statement. */
export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
}

export interface SourceFile {
  /** From the root of the checkout. */
  readonly path: string;
  /** `openflow` for `packages/openflow/…`, `lab` for `lab/…`. */
  readonly room: string;
  readonly imports: readonly Import[];
  /** The text with comments and strings blanked, line by line. */
  readonly code: string;
}

const places = ["packages", "lab", "deploy", "test", "tools", "bench", "examples"];

/** Every TypeScript file of ours, with what it imports, types included. */
export function readSources(): readonly SourceFile[] {
  return places
    .flatMap(filesBelow)
    .sort()
    .map((path) => parseSource(path, readFileSync(join(repository, path), "utf8")));
}

function filesBelow(place: string): readonly string[] {
  try {
    return readdirSync(join(repository, place), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => relative(repository, join(entry.parentPath, entry.name)))
      .filter((path) => !path.includes("node_modules/"));
  } catch {
    return []; // a place that this checkout does not have
  }
}

/** What a file imports, and its code without comments and strings. */
export function parseSource(path: string, text: string): SourceFile {
  const [first = "", second = ""] = path.split("/");
  return {
    path,
    room: first === "packages" ? second : first,
    imports: importsOf(path, text),
    code: blank(text),
  };
}

/** Import and export statements begin a line, as the formatter leaves them; `import()` may stand anywhere. */
const statement =
  /^(?:import|export)\b[^;"'`]*?(?:from\s*)?"([^"\n]+)";?$|\bimport\(\s*"([^"\n]+)"\s*\)/gm;

function importsOf(path: string, text: string): readonly Import[] {
  return [...text.matchAll(statement)].map((found) => ({
    from: path,
    line: text.slice(0, found.index).split("\n").length,
    specifier: found[1] ?? found[2] ?? "",
  }));
}

/** Comments, strings and the text parts of templates made blank, with every line end kept. */
function blank(text: string): string {
  const parts =
    /\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\[^]|\$(?!\{))*`/g;
  return text.replace(parts, (part) => part.replaceAll(/[^\n]/g, " "));
}
