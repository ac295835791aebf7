import { fieldOf, findField } from "../match/fields.ts";
import { formatSubfield, isWhole, parseSubfield, type Subfield } from "../match/subfield.ts";
import { formatValue, hex, parseInteger, parseValue } from "../match/value-text.ts";
import { formatTable, type Names, parseTable } from "../names.ts";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import { type ActionText, requireArgument, splitArrow } from "./action-text.ts";
import type { Learn, LearnSpec } from "./learn.ts";

const DEFAULT_PRIORITY = 32768;

export function formatLearn(action: Learn, names: Names): string {
  const parts = [`table=${formatTable(action.table, names)}`];
  const add = (key: string, value: number) => value !== 0 && parts.push(`${key}=${value}`);
  add("idle_timeout", action.idleTimeoutS);
  add("hard_timeout", action.hardTimeoutS);
  add("fin_idle_timeout", action.finIdleTimeoutS);
  add("fin_hard_timeout", action.finHardTimeoutS);
  if (action.priority !== DEFAULT_PRIORITY) parts.push(`priority=${action.priority}`);
  if (action.sendFlowRemoved) parts.push("send_flow_rem");
  if (action.deleteLearned) parts.push("delete_learned");
  if (action.cookie !== 0n) parts.push(`cookie=${hex(action.cookie)}`);
  add("limit", action.limit);
  if (action.result) parts.push(`result_dst=${formatSubfield(action.result)}`);
  return `learn(${[...parts, ...action.specs.map((spec) => formatSpec(spec, names))].join(",")})`;
}

function formatSpec(spec: LearnSpec, names: Names): string {
  if (spec.kind === "output") return `output:${formatSubfield(spec.from)}`;
  const to = formatSubfield(spec.to);
  if (spec.kind === "load")
    return `load:${"value" in spec ? hex(spec.value) : formatSubfield(spec.from)}->${to}`;
  if ("from" in spec) {
    const isSame = spec.from.field === spec.to.field && spec.from.offset === spec.to.offset;
    return isSame ? to : `${to}=${formatSubfield(spec.from)}`;
  }
  if (!isWhole(spec.to)) return `${to}=${hex(spec.value)}`;
  const field = fieldOf(spec.to.field);
  return `${field.name}=${formatValue(field, { value: spec.value }, names)}`;
}

export function parseLearn(text: ActionText, names: Names): Learn {
  const learn: { -readonly [K in keyof Learn]: Learn[K] } = {
    kind: "learn",
    table: 1,
    idleTimeoutS: 0,
    hardTimeoutS: 0,
    finIdleTimeoutS: 0,
    finHardTimeoutS: 0,
    priority: DEFAULT_PRIORITY,
    cookie: 0n,
    sendFlowRemoved: false,
    deleteLearned: false,
    limit: 0,
    specs: [],
  };
  const specs: LearnSpec[] = [];
  for (const item of splitTopLevel(requireArgument(text)))
    if (!parseSetting(learn, item, names)) specs.push(parseSpec(item, names));
  learn.specs = specs;
  return learn;
}

function parseSetting(
  learn: { -readonly [K in keyof Learn]: Learn[K] },
  item: string,
  names: Names,
): boolean {
  const { key, value } = keyValue(item);
  switch (key) {
    case "table":
      learn.table = parseTable(value ?? "", names) ?? textError(`Expected a table, saw "${value}"`);
      return true;
    case "idle_timeout":
      learn.idleTimeoutS = requireNumber(value, key, 0xffff);
      return true;
    case "hard_timeout":
      learn.hardTimeoutS = requireNumber(value, key, 0xffff);
      return true;
    case "fin_idle_timeout":
      learn.finIdleTimeoutS = requireNumber(value, key, 0xffff);
      return true;
    case "fin_hard_timeout":
      learn.finHardTimeoutS = requireNumber(value, key, 0xffff);
      return true;
    case "priority":
      learn.priority = requireNumber(value, key, 0xffff);
      return true;
    case "cookie":
      learn.cookie =
        parseInteger(value ?? "") ?? textError(`Expected a number as cookie, saw "${value}"`);
      return true;
    case "limit":
      learn.limit = requireNumber(value, key, 0xffffffff);
      return true;
    case "result_dst":
      learn.result = parseSubfield(value ?? "");
      return true;
    case "send_flow_rem":
      learn.sendFlowRemoved = true;
      return true;
    case "delete_learned":
      learn.deleteLearned = true;
      return true;
    default:
      return false;
  }
}

function parseSpec(item: string, names: Names): LearnSpec {
  const output = /^output:(.*)$/.exec(item);
  if (output) return { kind: "output", from: parseSubfield(output[1] ?? "") };
  const load = /^load:(.*)$/.exec(item);
  if (load) {
    const [source, destination] = splitArrow(load[1] ?? "");
    const to = parseSubfield(destination);
    const value = parseInteger(source);
    if (value !== undefined) return { kind: "load", to, value: fitting(value, to, item) };
    return { kind: "load", to, from: sameWidth(parseSubfield(source), to, item) };
  }
  const [left = "", right] = item.split(/=(.*)/s);
  const to = parseSubfield(left);
  if (right === undefined) return { kind: "match", to, from: to };
  if (isWhole(to)) {
    const literal = parseValue(fieldOf(to.field), right, names);
    if (literal && literal.mask === undefined) return { kind: "match", to, value: literal.value };
  }
  const value = parseInteger(right);
  if (value !== undefined) return { kind: "match", to, value: fitting(value, to, item) };
  if (findField(right.replace(/\[.*$/, "")) === undefined)
    textError(`Expected a value or a field after "=" in "${item}"`);
  return { kind: "match", to, from: sameWidth(parseSubfield(right), to, item) };
}

function fitting(value: bigint, to: Subfield, item: string): bigint {
  if (value >> BigInt(to.bits) !== 0n) textError(`Expected at most ${to.bits} bits in "${item}"`);
  return value;
}

function sameWidth(from: Subfield, to: Subfield, item: string): Subfield {
  if (from.bits !== to.bits) textError(`Expected as many bits on both sides of "${item}"`);
  return from;
}
