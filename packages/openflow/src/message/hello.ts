import { defineMessage } from "./definition.ts";
import { putProperty, readProperties } from "../properties.ts";

/** OFPT_HELLO: the wire versions that the sender speaks (OpenFlow 1.5.1 section 7.5.1). */
export interface Hello {
  readonly kind: "hello";
  /** OpenFlow 1.0 is 1, 1.5 is 6. Empty if the sender says only its highest, in the header. */
  readonly versions: readonly number[];
}

const OFPHET_VERSIONBITMAP = 1;

export const hello = defineMessage<Hello>({
  kind: "hello",
  id: { of: 0 },
  encode({ versions }, out) {
    if (versions.length === 0) return;
    const bitmap = versions.reduce((bits, version) => bits | (1 << version), 0);
    putProperty(OFPHET_VERSIONBITMAP, out, () => out.u32(bitmap >>> 0));
  },
  decode(body) {
    for (const { type, value } of readProperties(body)) {
      if (type !== OFPHET_VERSIONBITMAP || value.left < 4) continue;
      const bitmap = value.u32();
      const versions = Array.from({ length: 32 }, (_, v) => v).filter((v) => bitmap & (1 << v));
      return { kind: "hello", versions };
    }
    return { kind: "hello", versions: [] };
  },
});
