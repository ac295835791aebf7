import { fieldOf } from "../match/fields.ts";
import { formatSubfield, parseSubfield, type Subfield } from "../match/subfield.ts";
import { decodeFieldId, encodeFieldId } from "../match/wire.ts";
import { requireArgument } from "./action-text.ts";
import { type ActionDefinition, defineAction } from "./definition.ts";

/** NXAST_STACK_PUSH and NXAST_STACK_POP: keeps bits of a field on a stack, and takes them back. */
export interface StackPush {
  readonly kind: "stackPush";
  readonly part: Subfield;
}
export interface StackPop {
  readonly kind: "stackPop";
  readonly part: Subfield;
}

function stackAction<A extends StackPush | StackPop>(
  kind: A["kind"],
  word: string,
  subtype: number,
): ActionDefinition<A> {
  return defineAction<A>({
    kind,
    words: [word],
    forms: [
      {
        id: { nx: subtype },
        encode({ part }, out) {
          out.u16(part.offset);
          encodeFieldId(fieldOf(part.field), out);
          out.u16(part.bits);
          out.zeros(6);
        },
        decode(body) {
          const offset = body.u16();
          const { name } = decodeFieldId(body);
          return { kind, part: { field: name, offset, bits: body.u16() } };
        },
      },
    ],
    format: ({ part }) => `${word}:${formatSubfield(part)}`,
    parse: (text) => ({ kind, part: parseSubfield(requireArgument(text)) }),
  });
}

export const stackPush = stackAction<StackPush>("stackPush", "push", 27);
export const stackPop = stackAction<StackPop>("stackPop", "pop", 28);
