import type { Action } from "./actions.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_CLONE: does the actions to a copy; the packet goes on as it was. */
export interface Clone {
  readonly kind: "clone";
  readonly actions: readonly Action[];
}

export const clone = defineAction<Clone>({
  kind: "clone",
  words: ["clone"],
  forms: [
    {
      id: { nx: 42 },
      encode({ actions }, out, nested) {
        out.zeros(6);
        nested.encode(actions, out);
      },
      decode(body, nested) {
        body.skip(6);
        return { kind: "clone", actions: nested.decode(body) };
      },
    },
  ],
  format: ({ actions }, names, nested) => `clone(${nested.format(actions, names)})`,
  parse: (text, names, nested) => ({
    kind: "clone",
    actions: nested.parse(requireArgument(text), names),
  }),
});
