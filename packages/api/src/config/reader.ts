import { nearest } from "@antrea/base";
import {
  type ConfigNode,
  describe,
  type MapEntry,
  type MapNode,
  readDocument,
} from "./document.ts";
import type { AnyOption, ConfigOf, Options, Section, SectionList } from "./option.ts";
import { type ConfigProblem, didYouMean, type Position, type Report } from "./problem.ts";

/** What a text says about options, before the rules about combinations. */
export interface Reading<F extends Options> {
  readonly config: ConfigOf<F>;
  readonly problems: ConfigProblem[];
  readonly report: Report;
  /** Where each option that the text gives stands, by its whole path. */
  readonly given: ReadonlyMap<string, Position>;
}

interface Context {
  readonly options: Options;
  readonly report: Report;
  readonly given: Map<string, Position>;
}

/** Reads a configuration text by its table of options. What is not given has its default. */
export function readOptions<F extends Options>(text: string, file: string, options: F): Reading<F> {
  const problems: ConfigProblem[] = [];
  const report: Report = ({ line, column }, key, sentence) => {
    problems.push({ file, line, column, key, sentence });
  };
  const given = new Map<string, Position>();
  const root = readDocument(text, report) ?? { kind: "map", entries: [], line: 1, column: 1 };
  const config = readMap(root, options, "", { options, report, given });
  return { config: config as ConfigOf<F>, problems, report, given };
}

/** The value of every option of `options` when nothing is given. */
export function defaultsOf<F extends Options>(options: F): ConfigOf<F> {
  return readOptions("", "", options).config;
}

function readMap(map: MapNode, options: Options, prefix: string, context: Context): unknown {
  const known = (entry: MapEntry): AnyOption | undefined =>
    Object.hasOwn(options, entry.key) ? options[entry.key] : undefined;
  let resolved: MapNode = { ...map, entries: [] };
  for (const entry of map.entries) {
    if (known(entry)) resolved = { ...resolved, entries: [...resolved.entries, entry] };
    else
      context.report(entry, prefix + entry.key, unknownOption(entry.key, options, context.options));
  }
  for (const entry of resolved.entries) {
    const option = known(entry);
    if (option?.kind === "alias")
      resolved = giveAt(resolved, option.target, { alias: entry, prefix, report: context.report });
  }
  const entries = new Map(resolved.entries.map((entry) => [entry.key, entry]));
  const values = Object.entries(options)
    .filter(([, option]) => option.kind !== "alias")
    .map(([name, option]) => [
      name,
      readOption(option, { name, prefix, entry: entries.get(name) }, context),
    ]);
  return Object.freeze(Object.fromEntries(values));
}

/** Puts what an alias says at the place of its target; both may be given if they say the same. */
function giveAt(
  map: MapNode,
  [name = "", ...below]: readonly string[],
  { alias, prefix, report }: { alias: MapEntry; prefix: string; report: Report },
): MapNode {
  const given = map.entries.find(({ key }) => key === name);
  if (below.length > 0) {
    const inside: MapNode =
      given?.value.kind === "map" ? given.value : { kind: "map", entries: [], ...position(alias) };
    const value = giveAt(inside, below, { alias, prefix: `${prefix}${name}.`, report });
    const entry: MapEntry = { ...position(given ?? alias), key: name, value };
    return { ...map, entries: [...map.entries.filter((e) => e !== given), entry] };
  }
  if (!given)
    return { ...map, entries: [...map.entries, { ...alias, key: name, typed: alias.key }] };
  if (describe(given.value) !== describe(alias.value))
    report(
      alias,
      prefix + alias.key,
      `Got ${describe(alias.value)}, but ${prefix}${name} on line ${given.line} is the same option and says ${describe(given.value)}.`,
    );
  return map;
}

function readOption(
  known: AnyOption,
  { name, prefix, entry }: { name: string; prefix: string; entry: MapEntry | undefined },
  context: Context,
): unknown {
  const isGiven = entry && !(entry.value.kind === "scalar" && entry.value.value === null);
  const path = prefix + (entry?.typed ?? name);
  if (isGiven) context.given.set(prefix + name, position(entry));
  if (known.kind === "section")
    return readSection(known, isGiven ? entry : undefined, path, context);
  if (known.kind === "section-list")
    return isGiven ? readSectionList(known, entry.value, path, context) : Object.freeze([]);
  if (known.kind === "alias") return undefined;
  if (!isGiven) return known.default;
  return known.type.read(entry.value, path, context.report) ?? known.default;
}

function readSection(
  { options }: Section<Options>,
  entry: MapEntry | undefined,
  path: string,
  context: Context,
): unknown {
  const empty: MapNode = { kind: "map", entries: [], line: 1, column: 1 };
  if (entry && entry.value.kind !== "map")
    context.report(
      entry.value,
      path,
      `Got ${describe(entry.value)}, wanted options below it: ${Object.keys(options).join(", ")}.`,
    );
  return readMap(entry?.value.kind === "map" ? entry.value : empty, options, `${path}.`, context);
}

function readSectionList(
  { options, most }: SectionList<Options>,
  node: ConfigNode,
  path: string,
  context: Context,
): unknown {
  if (node.kind !== "list") {
    context.report(node, path, `Got ${describe(node)}, wanted a list.`);
    return Object.freeze([]);
  }
  if (node.items.length > most)
    context.report(node, path, `Got ${node.items.length} items, wanted at most ${most}.`);
  const items = node.items.slice(0, most).map((item, i) => {
    if (item.kind !== "map")
      context.report(
        item,
        `${path}[${i}]`,
        `Got ${describe(item)}, wanted options: ${Object.keys(options).join(", ")}.`,
      );
    const map: MapNode =
      item.kind === "map" ? item : { ...position(item), kind: "map", entries: [] };
    return readMap(map, options, `${path}[${i}].`, context);
  });
  return Object.freeze(items);
}

/** The same name in another place of the table, else one that is near. */
function unknownOption(name: string, here: Options, all: Options): string {
  const paths = optionPaths(all);
  const same = paths.filter(
    (path) => path.slice(path.lastIndexOf(".") + 1).toLowerCase() === name.toLowerCase(),
  );
  const near = same.length === 1 ? same[0] : nearest(name, [...Object.keys(here), ...paths]);
  return `There is no option ${JSON.stringify(name)} here.${didYouMean(near)}`;
}

/** The whole path of every option, as in `flowExporter.enable`; items of lists are left out. */
export function optionPaths(options: Options, prefix = ""): readonly string[] {
  return Object.entries(options).flatMap(([name, known]) =>
    known.kind === "section"
      ? optionPaths(known.options as Options, `${prefix}${name}.`)
      : [prefix + name],
  );
}

function position({ line, column }: Position): Position {
  return { line, column };
}
