import { type Action, type FieldMatch, setField } from "@antrea/openflow/flow";
import { fieldMask, fieldValue, type RegisterField } from "./define-registers.ts";

/** Matches packets whose register field has this value. */
export function fieldIs<V extends string>(field: RegisterField<V>, value: V | bigint): FieldMatch {
  return { field: field.in, value: fieldValue(field, value), mask: fieldMask(field) };
}

/** Writes this value into a register field and leaves the rest of the register alone. */
export function loadField<V extends string>(field: RegisterField<V>, value: V | bigint): Action {
  return setField(field.in, fieldValue(field, value), fieldMask(field));
}
