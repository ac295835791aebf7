import { formatTable, parseTable } from "../names.ts";
import { hex, parseInteger } from "../match/value-text.ts";
import { textError } from "../text.ts";
import type { Action } from "./actions.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/*
 * Instructions of OpenFlow (1.5.1 section 5.5). Text and values treat them as actions, as Open
 * vSwitch does; on the wire they stand beside the list of actions, so they have no form here
 * (see `instruction.ts`).
 */

/** OFPIT_GOTO_TABLE: goes on in a later table when all actions are done. */
export interface Goto {
  readonly kind: "goto";
  readonly table: number;
}

export const goto = defineAction<Goto>({
  kind: "goto",
  words: ["goto_table"],
  forms: [],
  format: ({ table }, names) => `goto_table:${formatTable(table, names)}`,
  parse(text, names) {
    const argument = requireArgument(text);
    const table = parseTable(argument, names);
    return { kind: "goto", table: table ?? textError(`Expected a table, saw "${argument}"`) };
  },
});

/** OFPIT_WRITE_METADATA. */
export interface WriteMetadata {
  readonly kind: "writeMetadata";
  readonly value: bigint;
  /** All ones to write all of it. */
  readonly mask: bigint;
}

export const allMetadata = 0xffffffffffffffffn;

export const writeMetadata = defineAction<WriteMetadata>({
  kind: "writeMetadata",
  words: ["write_metadata"],
  forms: [],
  format: ({ value, mask }) =>
    `write_metadata:${hex(value)}${mask === allMetadata ? "" : `/${hex(mask)}`}`,
  parse(text) {
    const [valueText = "", maskText] = requireArgument(text).split("/");
    const value = parseInteger(valueText);
    const mask = maskText === undefined ? allMetadata : parseInteger(maskText);
    if (value === undefined || mask === undefined || (value | mask) > allMetadata)
      textError(`Expected 64 bits of metadata in "${text.text}"`);
    return { kind: "writeMetadata", value, mask };
  },
});

/** OFPIT_CLEAR_ACTIONS: empties the action set. */
export interface ClearActions {
  readonly kind: "clearActions";
}

export const clearActions = defineAction<ClearActions>({
  kind: "clearActions",
  words: ["clear_actions"],
  forms: [],
  format: () => "clear_actions",
  parse: () => ({ kind: "clearActions" }),
});

/** OFPIT_WRITE_ACTIONS: adds to the action set, which is done at the end of the pipeline. */
export interface WriteActions {
  readonly kind: "writeActions";
  readonly actions: readonly Action[];
}

export const writeActions = defineAction<WriteActions>({
  kind: "writeActions",
  words: ["write_actions"],
  forms: [],
  format: ({ actions }, names, nested) => `write_actions(${nested.format(actions, names)})`,
  parse: (text, names, nested) => ({
    kind: "writeActions",
    actions: nested.parse(text.argument ?? "", names),
  }),
});
