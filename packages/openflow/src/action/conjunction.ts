import { literal, range, struct, u32, u8, type WireType } from "@antrea/wire";
import { requireNumber, textError } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction, fixedForm } from "./definition.ts";

/**
 * NXAST_CONJUNCTION: a packet that matches this flow satisfies clause `clause` of conjunction
 * `id`. Clauses count from 0 in values and on the wire, and from 1 in text.
 */
const body = struct({
  kind: literal("conjunction"),
  clause: range(u8, 0, 63),
  clauses: range(u8, 2, 64),
  id: u32,
});
export type Conjunction = WireType<typeof body>;

export const conjunction = defineAction<Conjunction>({
  kind: "conjunction",
  words: ["conjunction"],
  forms: [fixedForm({ nx: 34 }, body)],
  format: ({ id, clause, clauses }) => `conjunction(${id},${clause + 1}/${clauses})`,
  parse(text) {
    const parts = /^(\d+),\s*(\d+)\/(\d+)$/.exec(requireArgument(text));
    if (!parts) textError(`Expected "conjunction(id,k/n)", saw "${text.text}"`);
    const clauses = requireNumber(parts[3], "the number of clauses", 64);
    const clause = requireNumber(parts[2], "a clause", clauses) - 1;
    if (clause < 0 || clauses < 2)
      textError(`Expected clauses 1 to at least 2, saw "${text.text}"`);
    return {
      kind: "conjunction",
      id: requireNumber(parts[1], "an id", 0xffffffff),
      clause,
      clauses,
    };
  },
});
