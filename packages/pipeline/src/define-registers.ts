import { invariant } from "@antrea/base";

/** The storage that a packet carries through the pipeline, and its width in bits (ovs-fields(7)). */
export const storageBits = {
  reg0: 32,
  reg1: 32,
  reg2: 32,
  reg3: 32,
  reg4: 32,
  reg5: 32,
  reg6: 32,
  reg7: 32,
  reg8: 32,
  reg9: 32,
  /** reg12 to reg15 as one, which no field uses singly. */
  xxreg3: 128,
  ct_mark: 32,
  ct_label: 128,
} as const;
export type Storage = keyof typeof storageBits;

export interface FieldDefinition {
  readonly in: Storage;
  /** First and last bit, both included, counted from the least significant. */
  readonly bits: readonly [number, number];
  /** What it means, for the reference page. */
  readonly means: string;
  readonly values?: Readonly<Record<string, number>>;
}

export interface RegisterField<Values extends string = string> {
  readonly name: string;
  readonly in: Storage;
  readonly firstBit: number;
  readonly width: number;
  readonly means: string;
  readonly values: Readonly<Record<Values, number>>;
}

type ValuesOf<D extends FieldDefinition> =
  D["values"] extends Readonly<Record<infer V, number>> ? V & string : never;
export type RegistersOf<D extends Record<string, FieldDefinition>> = {
  readonly [K in keyof D]: RegisterField<ValuesOf<D[K]>>;
};

/** Checks the whole list at load: bits inside their storage, values that fit, and no overlap. */
export function defineRegisters<const D extends Record<string, FieldDefinition>>(
  definitions: D,
): RegistersOf<D> {
  const taken = new Map<string, string>();
  const fields: Record<string, RegisterField> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const [first, last] = definition.bits;
    const width = last - first + 1;
    invariant(
      first >= 0 && last >= first && last < storageBits[definition.in],
      `${name} lies inside ${definition.in}`,
    );
    for (let bit = first; bit <= last; bit++) {
      const place = `${definition.in}[${bit}]`;
      invariant(!taken.has(place), `${name} and ${taken.get(place)} do not share ${place}`);
      taken.set(place, name);
    }
    for (const [value, number] of Object.entries(definition.values ?? {})) {
      invariant(
        number >= 0 && BigInt(number) < 1n << BigInt(width),
        `${name}=${value} fits ${width} bits`,
      );
    }
    fields[name] = Object.freeze({
      name,
      in: definition.in,
      firstBit: first,
      width,
      means: definition.means,
      values: definition.values ?? {},
    });
  }
  return Object.freeze(fields) as RegistersOf<D>;
}

/** The mask of a field within its storage. */
export function fieldMask(field: RegisterField): bigint {
  return ((1n << BigInt(field.width)) - 1n) << BigInt(field.firstBit);
}

/** A value of a field, shifted to where the field lies. */
export function fieldValue<V extends string>(field: RegisterField<V>, value: V | bigint): bigint {
  const number = typeof value === "bigint" ? value : BigInt(field.values[value]);
  return number << BigInt(field.firstBit);
}
