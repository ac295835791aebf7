import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import type { Position, Report } from "./problem.ts";

/** A YAML value that knows where it stands. Anchors are resolved; tags and comments are gone. */
export type ConfigNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode extends Position {
  readonly kind: "scalar";
  /** null for a key without a value. */
  readonly value: string | number | boolean | null;
}

export interface ListNode extends Position {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
}

export interface MapNode extends Position {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
}

export interface MapEntry extends Position {
  readonly key: string;
  readonly value: ConfigNode;
  /** The name that was typed, where it was another one for `key`. */
  readonly typed?: string;
}

/** More nesting than any option has; deeper text is refused before it costs anything. */
const DEEPEST = 16;

/**
 * The one map of a configuration text; undefined after a report where it is no YAML map. An empty
 * text, or one of comments alone, is an empty map: everything then has its default.
 */
export function readDocument(text: string, report: Report): MapNode | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, version: "1.2" });
  const start: Position = { line: 1, column: 1 };
  if (!Array.isArray(documents)) return { kind: "map", entries: [], ...start };

  const position = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const errors = documents.flatMap((document) => document.errors);
  for (const error of errors) report(position(error.pos[0]), "", yamlSentence(error.message));
  if (errors.length > 0) return undefined;

  const [document, second] = documents;
  if (second) {
    report(position(second.range[0]), "", "The file holds two YAML documents, wanted one.");
    return undefined;
  }
  const root = document?.contents ? convert(document, document.contents, position, 0) : undefined;
  if (root === undefined || (root.kind === "scalar" && root.value === null))
    return { kind: "map", entries: [], ...start };
  if (root.kind === "map") return root;
  report(root, "", `The file holds ${describe(root)}, wanted options as "name: value" lines.`);
  return undefined;
}

/** The value as it is quoted in a sentence, cut where it is long. */
export function describe(node: ConfigNode): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "nothing";
  const text = JSON.stringify(node.value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

type PositionOf = (offset: number | undefined) => Position;

function convert(document: Document, node: Node, position: PositionOf, depth: number): ConfigNode {
  const at = position(node.range?.[0]);
  const target = isAlias(node) ? node.resolve(document) : node;
  if (depth > DEEPEST || target === undefined)
    return { kind: "scalar", value: "nested too deep", ...at };
  const child = (value: unknown): ConfigNode =>
    value === null || value === undefined
      ? { kind: "scalar", value: null, ...at }
      : convert(document, value as Node, position, depth + 1);

  if (isSeq(target)) return { kind: "list", items: target.items.map(child), ...at };
  if (isMap(target)) {
    const entries = target.items.map(({ key, value }): MapEntry => {
      const place = position((key as Node).range?.[0]);
      const below = child(value);
      const isEmpty = below.kind === "scalar" && below.value === null;
      return {
        key: String(isScalar(key) ? key.value : key),
        value: isEmpty ? { ...below, ...place } : below,
        ...place,
      };
    });
    return { kind: "map", entries, ...at };
  }
  const value: unknown = isScalar(target) ? target.value : null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return { kind: "scalar", value, ...at };
  return { kind: "scalar", value: value === null ? null : JSON.stringify(value), ...at };
}

/** The parser's own words less the excerpt that it appends, as one sentence. */
function yamlSentence(message: string): string {
  const [first = ""] = message.split("\n");
  return `${first.replace(/ at line \d+, column \d+:?$/, "").replace(/[.:]$/, "")}.`;
}
