import { fromHex, toHex } from "@antrea/wire";
import { type Action, formatActions, parseActions } from "../action/actions.ts";
import type { Flow } from "../flow/flow.ts";
import { formatFlow } from "../flow/format.ts";
import type { Group } from "../flow/group.ts";
import { formatGroup, parseGroup } from "../flow/group-text.ts";
import { formatMeter, type Meter, parseMeter } from "../flow/meter.ts";
import { parseFlow } from "../flow/parse.ts";
import { parseMatchText } from "../match/parse.ts";
import { formatMatch } from "../match/format.ts";
import type { Match } from "../match/match.ts";
import { textError } from "../text.ts";
import type { Message } from "./messages.ts";

/** What a message asks for, in one line for people: an error names its cause by this. */
export function describeMessage(message: Message): string {
  switch (message.kind) {
    case "flowMod":
      return `${message.command} ${formatFlow(message.flow)}`;
    case "groupMod":
      return `${message.command} ${formatGroup(message.group)}`;
    case "meterMod":
      return `${message.command} ${formatMeter(message.meter)}`;
    case "packetOut":
      return `packetOut ${formatMatch(message.metadata)} actions=${formatActions(message.actions)}`;
    case "bundleAdd":
      return describeMessage(message.message);
    default:
      return message.kind;
  }
}

/**
 * The whole of a message in one line: its kind and, as JSON, its fields. Flows, groups, meters,
 * matches and actions are in the dialect of ovs-ofctl, bytes in hexadecimal after "0x", and big
 * numbers end in "n". `parseMessage` reads it back.
 */
export function formatMessage({ kind, ...fields }: Message): string {
  const text = JSON.stringify(fields, replace);
  return text === "{}" ? kind : `${kind} ${text}`;
}

/** Throws a `FlowTextError` or a `SyntaxError` of JSON; does not check that all fields are there. */
export function parseMessage(text: string): Message {
  const parts = /^(\w+)(?:\s+(\{.*\}))?$/s.exec(text.trim());
  if (!parts) textError(`Expected the kind of a message and its fields, saw "${text}"`);
  return { kind: parts[1], ...JSON.parse(parts[2] ?? "{}", revive) } as Message;
}

/** The keys under which values have a text of their own. */
function replace(key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (typeof value !== "object" || value === null) return value;
  if (key === "flow") return formatFlow(value as Flow);
  if (key === "group") return formatGroup(value as Group);
  if (key === "meter") return formatMeter(value as Meter);
  if (key === "match" || key === "metadata") return formatMatch(value as Match);
  if (key === "actions") return formatActions(value as readonly Action[]);
  if (isGroup(value)) return formatGroup(value);
  if (isMeter(value)) return formatMeter(value);
  return value;
}

function revive(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (key === "flow") return parseFlow(value);
  if (key === "group" || value.startsWith("group_id=")) return parseGroup(value);
  if (key === "meter" || value.startsWith("meter=")) return parseMeter(value);
  if (key === "match" || key === "metadata") return parseMatchText(value);
  if (key === "actions") return parseActions(value);
  if (/^-?\d+n$/.test(value)) return BigInt(value.slice(0, -1));
  if (value.startsWith("0x"))
    return fromHex(value.slice(2)) ?? textError(`Expected bytes: ${value}`);
  return value;
}

function isGroup(value: object): value is Group {
  return "buckets" in value && "type" in value;
}

function isMeter(value: object): value is Meter {
  return "bands" in value && "unit" in value;
}
