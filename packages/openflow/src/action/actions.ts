import { type ByteReader, type ByteWriter, toHex } from "@antrea/wire";
import type { Names } from "../names.ts";
import { parsePort } from "../names.ts";
import { splitTopLevel, textError } from "../text.ts";
import { ofPort } from "@antrea/net";
import { splitAction } from "./action-text.ts";
import { type CheckPacketLarger, checkPacketLarger } from "./check-packet-larger.ts";
import { type Clone, clone } from "./clone.ts";
import { type Conjunction, conjunction } from "./conjunction.ts";
import { type Controller, controller } from "./controller.ts";
import { type Ct, ct } from "./ct.ts";
import { type DecTtl, decTtl } from "./dec-ttl.ts";
import type { ActionDefinition, ActionForm, ActionLists } from "./definition.ts";
import { type DeleteField, deleteField } from "./delete-field.ts";
import { type FinTimeout, finTimeout } from "./fin-timeout.ts";
import {
  type ClearActions,
  clearActions,
  type Goto,
  goto,
  type WriteActions,
  type WriteMetadata,
  writeActions,
  writeMetadata,
} from "./instructions.ts";
import { type Learn, learn } from "./learn.ts";
import { type Move, move } from "./move.ts";
import { type Nat, nat } from "./nat.ts";
import { type Note, note } from "./note.ts";
import {
  type GroupAction,
  group,
  type MeterAction,
  meter,
  type PopMpls,
  type PushMpls,
  type PushVlan,
  popMpls,
  pushMpls,
  pushVlan,
  type SetQueue,
  type SetTtl,
  setQueue,
  setTtl,
} from "./numbered.ts";
import { type Output, type OutputTruncated, output, outputTruncated } from "./output.ts";
import { type OutputReg, outputReg } from "./output-reg.ts";
import {
  ctClear,
  decMplsTtl,
  decNshTtl,
  exit,
  type PlainAction,
  popQueue,
  popVlan,
} from "./plain.ts";
import { type Resubmit, resubmit } from "./resubmit.ts";
import { type Sample, sample } from "./sample.ts";
import { type SetField, setField } from "./set-field.ts";
import { type StackPop, type StackPush, stackPop, stackPush } from "./stack.ts";
import { type UnknownAction, unknownAction, unknownBytes } from "./unknown.ts";

/** What a flow does to a packet. Flows have a list of these; the empty list drops. */
export type Action =
  | CheckPacketLarger
  | ClearActions
  | Clone
  | Conjunction
  | Controller
  | Ct
  | DecTtl
  | DeleteField
  | FinTimeout
  | Goto
  | GroupAction
  | Learn
  | MeterAction
  | Move
  | Nat
  | Note
  | Output
  | OutputReg
  | OutputTruncated
  | PlainAction
  | PopMpls
  | PushMpls
  | PushVlan
  | Resubmit
  | Sample
  | SetField
  | SetQueue
  | SetTtl
  | StackPop
  | StackPush
  | UnknownAction
  | WriteActions
  | WriteMetadata;

// oxlint-disable-next-line typescript/no-explicit-any -- each definition takes its own member of the union
type AnyDefinition = ActionDefinition<any>;

const definitions: readonly AnyDefinition[] = [
  output,
  outputReg,
  outputTruncated,
  controller,
  setField,
  move,
  ct,
  nat,
  ctClear,
  resubmit,
  conjunction,
  learn,
  group,
  meter,
  decTtl,
  checkPacketLarger,
  pushVlan,
  popVlan,
  pushMpls,
  popMpls,
  decMplsTtl,
  decNshTtl,
  setQueue,
  setTtl,
  popQueue,
  note,
  exit,
  finTimeout,
  stackPush,
  stackPop,
  deleteField,
  clone,
  sample,
  goto,
  writeMetadata,
  clearActions,
  writeActions,
  unknownAction,
];

const byKind = new Map<string, AnyDefinition>(definitions.map((d) => [d.kind, d]));
const byWord = new Map<string, AnyDefinition>(
  definitions.flatMap((d) => d.words.map((word) => [word, d] as const)),
);
// oxlint-disable-next-line typescript/no-explicit-any -- a form takes the member of the union of its definition
const formsOf = new Map<number, ActionForm<any>>();
for (const { forms } of definitions)
  for (const form of forms) formsOf.set("of" in form.id ? form.id.of : NX_KEY(form.id.nx), form);

const OFPAT_EXPERIMENTER = 0xffff;
const NX_VENDOR = 0x00002320;

function NX_KEY(subtype: number): number {
  return 0x10000 | subtype;
}

function definitionOf(action: Action): AnyDefinition {
  return byKind.get(action.kind) as AnyDefinition;
}

function encodeAction(action: Action, out: ByteWriter): void {
  if (action.kind === "unknown") {
    out.bytes(unknownBytes(action));
    return;
  }
  const { forms } = definitionOf(action);
  const form = forms.find((f) => f.fits?.(action) ?? true);
  if (!form) return; // an instruction: `instruction.ts` writes it
  const start = out.size;
  if ("of" in form.id) {
    out.u16(form.id.of);
    out.u16(0);
  } else {
    out.u16(OFPAT_EXPERIMENTER);
    out.u16(0);
    out.u32(NX_VENDOR);
    out.u16(form.id.nx);
  }
  form.encode(action, out, actionLists);
  out.pad(8, start);
  out.setU16(start + 2, out.size - start);
}

function decodeAction(body: ByteReader): Action {
  const start = body.at;
  const type = body.u16();
  const length = body.u16();
  if (length < 8 || length % 8 !== 0) body.fail({ code: "bad-length", declared: length }, 2);
  const inner = body.slice(length - 4);
  const key = type === OFPAT_EXPERIMENTER ? experimenterKey(inner) : type;
  const decode = key === undefined ? undefined : formsOf.get(key)?.decode;
  if (decode) return decode(inner, actionLists);
  const bytes = new Uint8Array(body.view.buffer, body.view.byteOffset + start, length);
  return { kind: "unknown", bytes: toHex(bytes) };
}

function experimenterKey(inner: ByteReader): number | undefined {
  return inner.u32() === NX_VENDOR ? NX_KEY(inner.u16()) : undefined;
}

/** Every list of actions, at the top and nested. */
export const actionLists: ActionLists = {
  encode(actions, out) {
    for (const action of actions) encodeAction(action, out);
  },
  decode(body) {
    const actions: Action[] = [];
    while (body.left > 0) actions.push(decodeAction(body));
    return actions;
  },
  format: (actions, names) =>
    actions.map((action) => definitionOf(action).format(action, names, actionLists)).join(","),
  parse: (text, names) =>
    splitTopLevel(text, { atSpaces: true }).map((part) => parseAction(part, names)),
};

/** As `ovs-ofctl` prints the actions of a flow: `drop` for none. */
export function formatActions(actions: readonly Action[], names: Names = {}): string {
  return actions.length === 0 ? "drop" : actionLists.format(actions, names);
}

/** Reads what `formatActions` writes; throws a `FlowTextError`. */
export function parseActions(text: string, names: Names = {}): readonly Action[] {
  return text.trim() === "drop" ? [] : actionLists.parse(text, names);
}

function parseAction(text: string, names: Names): Action {
  const parts = splitAction(text);
  const definition = byWord.get(parts.word);
  if (definition) return definition.parse(parts, names, actionLists);
  const port = parsePort(text, names);
  if (port === undefined) textError(`Expected an action, saw "${text}"`);
  return { kind: "output", port: ofPort(port) };
}
