import { requireNumber, splitTopLevel } from "../text.ts";
import { defineAction } from "./definition.ts";

/**
 * OFPAT_DEC_NW_TTL, or NXAST_DEC_TTL_CNT_IDS where the controllers that hear of an expired
 * packet are named.
 */
export interface DecTtl {
  readonly kind: "decTtl";
  /** Empty: the ones without a number. */
  readonly controllerIds: readonly number[];
}

export const decTtl = defineAction<DecTtl>({
  kind: "decTtl",
  words: ["dec_ttl"],
  forms: [
    {
      id: { of: 24 },
      fits: ({ controllerIds }) => controllerIds.length === 0,
      encode: (_, out) => out.zeros(4),
      decode: () => ({ kind: "decTtl", controllerIds: [] }),
    },
    {
      id: { nx: 21 },
      encode({ controllerIds }, out) {
        out.u16(controllerIds.length);
        out.zeros(4);
        for (const id of controllerIds) out.u16(id);
      },
      decode(body) {
        const count = body.u16();
        body.skip(4);
        return { kind: "decTtl", controllerIds: Array.from({ length: count }, () => body.u16()) };
      },
    },
  ],
  format: ({ controllerIds }) =>
    controllerIds.length === 0 ? "dec_ttl" : `dec_ttl(${controllerIds.join(",")})`,
  parse: ({ argument }) => ({
    kind: "decTtl",
    controllerIds: splitTopLevel(argument ?? "").map((id) =>
      requireNumber(id, "a controller id", 0xffff),
    ),
  }),
});
