import { errorText } from "@antrea/base";
import { parseAllDocuments } from "yaml";

/** The objects of a manifest as `kubectl` takes it, those of Lists one by one. */
export interface ManifestText {
  readonly objects: readonly unknown[];
  /** What is no YAML, each a sentence. */
  readonly problems: readonly string[];
}

export function readManifest(text: string): ManifestText {
  const documents = parseAllDocuments(text, { version: "1.2" });
  if (!Array.isArray(documents)) return { objects: [], problems: [] };
  const objects: unknown[] = [];
  const problems: string[] = [];
  for (const [i, document] of documents.entries()) {
    const [error] = document.errors;
    const at = `Document ${i + 1}`;
    if (error) problems.push(`${at}: ${firstLine(error.message)}`);
    else
      try {
        objects.push(...itemsOf(document.toJS()));
      } catch (cause) {
        problems.push(`${at}: ${firstLine(errorText(cause))}`); // such as aliases that multiply
      }
  }
  return { objects, problems };
}

/** Without what a terminal would obey. */
function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replaceAll(/\p{Cc}/gu, "?");
}

function itemsOf(object: unknown): readonly unknown[] {
  if (object === null || object === undefined) return [];
  const { kind, items } = object as { readonly kind?: unknown; readonly items?: unknown };
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)
    ? (items as readonly unknown[])
    : [object];
}
