import type { ByteReader, ByteWriter } from "@antrea/wire";
import { type Action, actionLists } from "./actions.ts";

/** Instruction types (OpenFlow 1.5.1 section 7.2.5). */
const OFPIT = {
  goto: 1,
  writeMetadata: 2,
  writeActions: 3,
  applyActions: 4,
  clearActions: 5,
} as const;

/** Writes a flow's actions (canonical: instructions last) as instructions; none for a drop. */
export function encodeInstructions(actions: readonly Action[], out: ByteWriter): void {
  let applied = 0;
  while (applied < actions.length && !isInstructionKind(actions[applied] as Action)) applied++;
  if (applied > 0) {
    const start = open(OFPIT.applyActions, out);
    out.zeros(4);
    actionLists.encode(applied === actions.length ? actions : actions.slice(0, applied), out);
    close(start, out);
  }
  for (let i = applied; i < actions.length; i++) encodeInstruction(actions[i] as Action, out);
}

function encodeInstruction(action: Action, out: ByteWriter): void {
  switch (action.kind) {
    case "goto": {
      const start = open(OFPIT.goto, out);
      out.u8(action.table);
      out.zeros(3);
      close(start, out);
      break;
    }
    case "writeMetadata": {
      const start = open(OFPIT.writeMetadata, out);
      out.zeros(4);
      out.u64(action.value);
      out.u64(action.mask);
      close(start, out);
      break;
    }
    case "clearActions": {
      const start = open(OFPIT.clearActions, out);
      out.zeros(4);
      close(start, out);
      break;
    }
    case "writeActions": {
      const start = open(OFPIT.writeActions, out);
      out.zeros(4);
      actionLists.encode(action.actions, out);
      close(start, out);
      break;
    }
    default:
      break;
  }
}

/** Reads instructions up to the reader's end as one list of actions. */
export function decodeInstructions(body: ByteReader): readonly Action[] {
  let actions: Action[] = [];
  while (body.left > 0) {
    const type = body.u16();
    const length = body.u16();
    if (length < 8) body.fail({ code: "bad-length", declared: length }, 2);
    const inner = body.slice(length - 4);
    if (type === OFPIT.applyActions) {
      inner.skip(4);
      const applied = actionLists.decode(inner);
      actions = actions.length === 0 ? [...applied] : [...applied, ...actions];
    } else actions.push(decodeInstruction(type, inner));
  }
  return actions;
}

function decodeInstruction(type: number, inner: ByteReader): Action {
  switch (type) {
    case OFPIT.goto:
      return { kind: "goto", table: inner.u8() };
    case OFPIT.writeMetadata:
      inner.skip(4);
      return { kind: "writeMetadata", value: inner.u64(), mask: inner.u64() };
    case OFPIT.clearActions:
      return { kind: "clearActions" };
    case OFPIT.writeActions:
      inner.skip(4);
      return { kind: "writeActions", actions: actionLists.decode(inner) };
    default:
      return inner.fail({ code: "unknown-type", type }, 4);
  }
}

function isInstructionKind({ kind }: Action): boolean {
  return (
    kind === "goto" ||
    kind === "writeMetadata" ||
    kind === "clearActions" ||
    kind === "writeActions"
  );
}

function open(type: number, out: ByteWriter): number {
  const start = out.size;
  out.u16(type);
  out.u16(0);
  return start;
}

function close(start: number, out: ByteWriter): void {
  out.setU16(start + 2, out.size - start);
}
