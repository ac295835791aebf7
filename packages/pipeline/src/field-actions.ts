import type { Action, FieldMatch, Subfield } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { fieldMask, fieldValue, type RegisterField } from "./define-registers.ts";

/** Matches packets whose register field has this value. */
export function fieldIs<V extends string>(field: RegisterField<V>, value: V | bigint): FieldMatch {
  return of.fieldMatch(field.in, fieldValue(field, value), fieldMask(field));
}

/** Writes this value into a register field and leaves the rest of the register alone. */
export function loadField<V extends string>(field: RegisterField<V>, value: V | bigint): Action {
  return of.setField(field.in, fieldValue(field, value), fieldMask(field));
}

/** Where a register field lies, for actions that move bits. */
export function bitsOf({ in: field, firstBit, width }: RegisterField): Subfield {
  return { field, offset: firstBit, bits: width };
}
