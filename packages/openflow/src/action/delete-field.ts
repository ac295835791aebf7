import { type FieldName, fieldOf } from "../match/fields.ts";
import { requireField } from "../match/parse.ts";
import { decodeFieldId, encodeFieldId } from "../match/wire.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_DELETE_FIELD: takes a tunnel metadata field off the packet. */
export interface DeleteField {
  readonly kind: "deleteField";
  readonly field: FieldName;
}

export const deleteField = defineAction<DeleteField>({
  kind: "deleteField",
  words: ["delete_field"],
  forms: [
    {
      id: { nx: 50 },
      encode({ field }, out) {
        encodeFieldId(fieldOf(field), out);
        out.zeros(10);
      },
      decode: (body) => ({ kind: "deleteField", field: decodeFieldId(body).name }),
    },
  ],
  format: ({ field }) => `delete_field:${field}`,
  parse: (text) => ({ kind: "deleteField", field: requireField(requireArgument(text)).name }),
});
