import { type OptionalShape, type Shape, ShapeError, shape } from "@antrea/base";

/** A JSON schema as CustomResourceDefinitions carry it (structural, OpenAPI v3). */
export type Schema = Readonly<Record<string, unknown>>;

/** A part of a custom resource: its parser and its schema come from one definition. */
export interface Field<T> extends Shape<T> {
  readonly schema: Schema;
}

export interface OptionalField<T> extends OptionalShape<T> {
  readonly schema: Schema;
}

// oxlint-disable-next-line typescript/no-explicit-any -- members are of whatever kind
type Fields = Readonly<Record<string, Field<any> | OptionalField<any>>>;

/** Every field says what it means: `kubectl explain` prints it. */
export const field = {
  text: (description: string): Field<string> => ({
    ...shape.text,
    schema: { type: "string", description },
  }),

  /** RFC 3339. */
  time: (description: string): Field<string> => ({
    ...shape.text,
    schema: { type: "string", format: "date-time", description },
  }),

  truth: (description: string): Field<boolean> => ({
    ...shape.truth,
    schema: { type: "boolean", description },
  }),

  whole: (description: string, min = 0, max = 2 ** 31 - 1): Field<number> => ({
    ...shape.whole(min, max),
    schema: { type: "integer", format: "int32", minimum: min, maximum: max, description },
  }),

  number: (description: string, min: number, max: number): Field<number> => ({
    wanted: `a number from ${min} to ${max}`,
    read(value, at) {
      const number = shape.number.read(value, at);
      if (number >= min && number <= max) return number;
      throw new ShapeError(at, value, `a number from ${min} to ${max}`);
    },
    schema: { type: "number", format: "float", minimum: min, maximum: max, description },
  }),

  oneOf<const W extends string>(description: string, words: readonly W[]): Field<W> {
    return { ...shape.oneOf(words), schema: { type: "string", enum: [...words], description } };
  },

  /** Base64 text. */
  bytes: (description: string): Field<string> => ({
    ...shape.text,
    schema: { type: "string", format: "byte", description },
  }),

  list<T>(description: string, item: Field<T>, most?: number): Field<readonly T[]> {
    const bound = most === undefined ? {} : { maxItems: most };
    return {
      ...shape.list(item),
      schema: { type: "array", description, ...bound, items: item.schema },
    };
  },

  map<T>(description: string, member: Field<T>): Field<Readonly<Record<string, T>>> {
    return {
      ...shape.record(member),
      schema: { type: "object", description, additionalProperties: member.schema },
    };
  },

  optional<T>(inner: Field<T>): OptionalField<T> {
    return { ...shape.optional(inner), schema: inner.schema };
  },

  object<const F extends Fields>(description: string, fields: F) {
    const entries = Object.entries(fields);
    const required = entries.filter(([, f]) => !("isOptional" in f)).map(([name]) => name);
    return {
      ...shape.object(fields),
      schema: {
        type: "object",
        description,
        ...(required.length > 0 ? { required } : {}),
        properties: Object.fromEntries(entries.map(([name, f]) => [name, f.schema])),
      } as Schema,
    };
  },
} as const;
