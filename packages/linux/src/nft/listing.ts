import { canonicalElement } from "./render.ts";
import type { NftShape } from "./shape.ts";
import { formatBase, setKind } from "./shape.ts";
import type { NftBaseChain, NftFamily } from "./table.ts";

/**
 * What the kernel makes of each rule of ours: its expressions as nft prints them, by `ruleKey`. A mark
 * ends in a digest of the rule's text, so one mark has one expression.
 */
export type RuleExpressions = ReadonlyMap<string, string>;

export function ruleKey(family: string, mark: string): string {
  return `${family} ${mark}`;
}

/**
 * What `nft -j list table` printed, as a shape (libnftables-json(5)); undefined if it holds no table.
 * A rule that bears a mark of `known` and does something else is shown as altered.
 */
export function parseListing(
  json: string,
  known: RuleExpressions = new Map(),
): NftShape | undefined {
  const { nftables } = JSON.parse(json) as { readonly nftables?: readonly unknown[] };
  const entries = (nftables ?? []).filter(isRecord);
  const table = entries.map((e) => e["table"]).find(isRecord);
  if (!table) return undefined;
  const chains = new Map<string, { base: string; marks: string[] }>();
  const sets = new Map<string, { kind: string; elements: Set<string> }>();
  for (const entry of entries) {
    const { chain, rule, set } = entry;
    if (isRecord(chain)) chains.set(text(chain["name"]), { base: baseText(chain), marks: [] });
    if (isRecord(rule)) chains.get(text(rule["chain"]))?.marks.push(markOf(rule, known));
    if (isRecord(set)) sets.set(text(set["name"]), readSet(set));
  }
  return { family: text(table["family"]) as NftFamily, name: text(table["name"]), sets, chains };
}

/** The expressions of every marked rule that `nft -j -e` says it has added. */
export function parseEcho(json: string): RuleExpressions {
  const { nftables } = JSON.parse(json) as { readonly nftables?: readonly unknown[] };
  const rules = (nftables ?? [])
    .filter(isRecord)
    .flatMap(({ add }) => (isRecord(add) && isRecord(add["rule"]) ? [add["rule"]] : []));
  return new Map(
    rules.map((rule) => [ruleKey(text(rule["family"]), text(rule["comment"])), expressionOf(rule)]),
  );
}

function markOf(rule: Json, known: RuleExpressions): string {
  const mark = text(rule["comment"]);
  const expression = known.get(ruleKey(text(rule["family"]), mark));
  const isAltered = expression !== undefined && expression !== expressionOf(rule);
  return isAltered ? `${mark} (altered)` : mark;
}

/** What the rule does, without what it has counted. */
function expressionOf({ expr }: Json): string {
  return JSON.stringify(
    list(expr).map((one) => (isRecord(one) && "counter" in one ? "counter" : one)),
  );
}

type Json = Readonly<Record<string, unknown>>;

function readSet(set: Json): { kind: string; elements: Set<string> } {
  const isInterval = list(set["flags"]).includes("interval");
  const elements = list(set["elem"]).map((e) => canonicalElement(elementText(e)));
  return { kind: setKind(text(set["type"]), isInterval), elements: new Set(elements) };
}

function elementText(element: unknown): string {
  if (!isRecord(element)) return text(element);
  const { prefix, range, elem } = element;
  if (isRecord(prefix)) return `${text(prefix["addr"])}/${text(prefix["len"])}`;
  if (Array.isArray(range)) return range.map(text).join("-");
  return isRecord(elem) ? elementText(elem["val"]) : JSON.stringify(element);
}

function baseText(chain: Json): string {
  if (chain["hook"] === undefined) return "";
  return formatBase({
    type: text(chain["type"]) as NftBaseChain["type"],
    hook: text(chain["hook"]) as NftBaseChain["hook"],
    priority: Number(chain["prio"]),
    policy: text(chain["policy"]) as NftBaseChain["policy"],
  });
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
