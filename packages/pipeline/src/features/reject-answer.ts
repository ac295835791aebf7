import { type Action, findMatch, type Match } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { loadField } from "../field-actions.ts";
import { fieldMask, type RegisterField } from "../define-registers.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";

/**
 * How an answer to a rejected packet goes on its way: back where the packet came from, past all rules
 * and past conntrack, which knows nothing of a connection that was refused. `rejected` is the
 * metadata of the packet.
 */
export function rejectAnswerActions(rejected: Match): readonly Action[] {
  return [
    loadField(registers.pktSource, bitsIn(rejected, registers.pktSource, ["reg0"])),
    loadField(registers.clientMac, bitsIn(rejected, registers.clientMac, ["reg14", "reg15"])),
    loadField(registers.isReject, "yes"),
    of.resubmit({ table: tables.L3Forwarding.id }),
  ];
}

/** A field out of the registers that hold it, the highest first. */
function bitsIn(
  match: Match,
  field: RegisterField,
  parts: readonly ("reg0" | "reg14" | "reg15")[],
): bigint {
  const whole = parts.reduce(
    (sum, part) => (sum << 32n) | (findMatch(match, part)?.value ?? 0n),
    0n,
  );
  return (whole & fieldMask(field)) >> BigInt(field.firstBit);
}
