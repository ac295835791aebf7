import { fromHex } from "@antrea/wire";
import { requireArgument } from "./action-text.ts";
import { parseDotted } from "./controller.ts";
import { defineAction } from "./definition.ts";

/** An action that this room has no definition for, as its bytes: a foreign flow can be shown, compared and removed. */
export interface UnknownAction {
  readonly kind: "unknown";
  /** Header and body, as hexadecimal digits. */
  readonly bytes: string;
}

export const unknownAction = defineAction<UnknownAction>({
  kind: "unknown",
  words: ["unknown"],
  forms: [],
  format: ({ bytes }) => `unknown(${bytes})`,
  parse: (text) => ({ kind: "unknown", bytes: parseDotted(requireArgument(text)) }),
});

export function unknownBytes({ bytes }: UnknownAction): Uint8Array {
  return fromHex(bytes) ?? new Uint8Array();
}
