import { literal, padding, struct, u16, type WireType } from "@antrea/wire";
import { keyValue, requireNumber, splitTopLevel } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction, fixedForm } from "./definition.ts";

/** NXAST_FIN_TIMEOUT: shortens the flow's time-outs when it sees a TCP FIN or RST. Seconds; 0 leaves one alone. */
const body = struct({
  kind: literal("finTimeout"),
  idleTimeoutS: u16,
  hardTimeoutS: u16,
  pad: padding(2),
});
export type FinTimeout = WireType<typeof body>;

export const finTimeout = defineAction<FinTimeout>({
  kind: "finTimeout",
  words: ["fin_timeout"],
  forms: [fixedForm({ nx: 19 }, body)],
  format({ idleTimeoutS, hardTimeoutS }) {
    const parts: string[] = [];
    if (idleTimeoutS !== 0) parts.push(`idle_timeout=${idleTimeoutS}`);
    if (hardTimeoutS !== 0) parts.push(`hard_timeout=${hardTimeoutS}`);
    return `fin_timeout(${parts.join(",")})`;
  },
  parse(text) {
    const items = splitTopLevel(requireArgument(text)).map(keyValue);
    const seconds = (key: string) =>
      requireNumber(items.find((item) => item.key === key)?.value ?? "0", key, 0xffff);
    return {
      kind: "finTimeout",
      idleTimeoutS: seconds("idle_timeout"),
      hardTimeoutS: seconds("hard_timeout"),
    };
  },
});
