import { type FieldDefinition, NXM_NX, OXM_PACKET_REGS } from "./field.ts";

type Range8 = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
export type RegIndex = Range8 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15;
export type XregIndex = Range8;
export type XxregIndex = 0 | 1 | 2 | 3;

function family<Name extends string>(
  count: number,
  one: (index: number) => readonly [name: Name, definition: FieldDefinition],
): Readonly<Record<Name, FieldDefinition>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => one(i))) as Record<
    Name,
    FieldDefinition
  >;
}

const register = { text: "hex", maskable: true, writable: true } as const;

/** The sixteen registers of 32 bits. */
export const regFields = family<`reg${RegIndex}`>(16, (i) => [
  `reg${i as RegIndex}`,
  { ...register, bits: 32, oxm: [NXM_NX, i], nxm: `NXM_NX_REG${i}` },
]);

/** Two registers as one: `xreg0` is `reg0` (upper half) and `reg1`. */
export const xregFields = family<`xreg${XregIndex}`>(8, (i) => [
  `xreg${i as XregIndex}`,
  { ...register, bits: 64, oxm: [OXM_PACKET_REGS, i], nxm: `OXM_OF_PKT_REG${i}` },
]);

/** Four registers as one: `xxreg0` is `reg0` (uppermost) to `reg3`. */
export const xxregFields = family<`xxreg${XxregIndex}`>(4, (i) => [
  `xxreg${i as XxregIndex}`,
  { ...register, bits: 128, oxm: [NXM_NX, 111 + i], nxm: `NXM_NX_XXREG${i}` },
]);
