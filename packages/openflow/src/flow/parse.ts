import { InvariantError } from "@antrea/base";
import { parseActions } from "../action/actions.ts";
import { isMatchKey, type MatchItem, parseMatchItems } from "../match/parse.ts";
import { parseInteger } from "../match/value-text.ts";
import { type Names, parseTable } from "../names.ts";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import { type Flow, type FlowFlag, type FlowInput, flow, flowFlags } from "./flow.ts";

type Setting = { -readonly [K in keyof FlowInput]: FlowInput[K] };

/** What dumps print about a flow beside what it is. */
const statistics = new Set(["duration", "n_packets", "n_bytes", "idle_age", "hard_age"]);

/**
 * Reads a flow in the dialect of ovs-ofctl, as `formatFlow` or `ovs-ofctl dump-flows` print it or
 * as a person writes it. Throws a `FlowTextError` that says what was expected and what was seen.
 */
export function parseFlow(text: string, names: Names = {}): Flow {
  const [head, actionText] = splitAtActions(text);
  const setting: Setting = { table: 0 };
  const flags: FlowFlag[] = [];
  const items: MatchItem[] = [];
  for (const part of splitTopLevel(head, { atSpaces: true })) {
    const item = keyValue(part);
    const flag = flowFlags.find((f) => f === item.key);
    if (flag) flags.push(flag);
    else if (!statistics.has(item.key) && !applySetting(setting, item, names)) items.push(item);
  }
  for (const { key } of items)
    if (!isMatchKey(key)) textError(`Expected a field or an option of a flow, saw "${key}"`);
  const input = { ...setting, flags, actions: parseActions(actionText, names) };
  return checked({ ...input, match: parseMatchItems(items, names) }, text);
}

/** What would be a bug in a program is a mistake in a text. */
function checked(input: FlowInput, text: string): Flow {
  try {
    return flow(input);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    return textError(`Expected a flow that can be: ${error.message} does not hold for "${text}"`);
  }
}

/** The flows of a text, one a line; blank lines and those that begin with # are left out. */
export function parseFlows(text: string, names: Names = {}): readonly Flow[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => parseFlow(line, names));
}

function splitAtActions(text: string): readonly [head: string, actions: string] {
  const at = /(?:^|[\s,])actions?=/.exec(text);
  if (!at) textError(`Expected "actions=" in "${text}"`);
  return [text.slice(0, at.index), text.slice(at.index + at[0].length)];
}

function applySetting(setting: Setting, { key, value }: MatchItem, names: Names): boolean {
  switch (key) {
    case "table":
      setting.table =
        parseTable(value ?? "", names) ?? textError(`Expected a table, saw "${value}"`);
      return true;
    case "priority":
      setting.priority = requireNumber(value, key, 0xffff);
      return true;
    case "cookie":
      setting.cookie = parseInteger(value ?? "") ?? textError(`Expected a number, saw "${value}"`);
      return true;
    case "idle_timeout":
      setting.idleTimeoutS = requireNumber(value, key, 0xffff);
      return true;
    case "hard_timeout":
      setting.hardTimeoutS = requireNumber(value, key, 0xffff);
      return true;
    case "importance":
      setting.importance = requireNumber(value, key, 0xffff);
      return true;
    default:
      return false;
  }
}
