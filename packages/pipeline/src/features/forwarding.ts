import type { Action } from "@antrea/openflow/flow";
import type { OfPort } from "@antrea/net";
import { loadField } from "../field-actions.ts";
import { registers } from "../registers.ts";

/** Chooses the port that the packet will leave by. */
export function toPort(port: OfPort): readonly Action[] {
  return [loadField(registers.targetOfPort, BigInt(port)), loadField(registers.output, "port")];
}
