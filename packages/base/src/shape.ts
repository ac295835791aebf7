/**
 * What a value from outside must look like. One definition gives both the parser and the type, so that
 * they cannot drift apart: `const peer = object({ name: text }); type Peer = ShapeType<typeof peer>`.
 */
export interface Shape<T> {
  /** Completes "must be …", as in "a text". */
  readonly wanted: string;
  /** The value without what the shape does not know; throws a `ShapeError` that names the place. */
  read(value: unknown, at: string): T;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a type is taken out of a shape of whatever kind
export type ShapeType<S extends Shape<any>> = S extends Shape<infer T> ? T : never;

/** A value from outside is not what it must be; the message is a sentence with place, seen and wanted. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  /** The place, as in `spec.rules[0]`; empty for the whole value. */
  readonly at: string;
  /** What is there, as in `is 7`. */
  readonly seen: string;
  /** As in `must be a text`. */
  readonly right: string;
  constructor(at: string, value: unknown, wanted: string) {
    const [seen, right] = [`is ${describe(value)}`, `must be ${wanted}`];
    super(`${at === "" ? "The value" : at} ${seen}, but ${right}`);
    this.at = at;
    this.seen = seen;
    this.right = right;
  }
}

/** The value in its shape, or the sentence that says why it is not. */
export function parseShape<T>(
  shape: Shape<T>,
  value: unknown,
): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: shape.read(value, "") };
  } catch (error) {
    if (error instanceof ShapeError) return { problem: error.message };
    throw error;
  }
}

function checked<T>(wanted: string, isIt: (value: unknown) => value is T): Shape<T> {
  return {
    wanted,
    read(value, at) {
      if (isIt(value)) return value;
      throw new ShapeError(at, value, wanted);
    },
  };
}

export const shape = {
  text: checked("a text", (value) => typeof value === "string"),
  truth: checked("true or false", (value) => typeof value === "boolean"),
  number: checked("a number", (value): value is number => Number.isFinite(value)),
  /** Any JSON object; its members are not looked at. */
  json: checked("an object", isRecord),
  /** Whatever it is, as it is. */
  anything: { wanted: "anything", read: (value: unknown) => value } satisfies Shape<unknown>,

  /** A whole number within bounds, both included. */
  whole(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
    return checked(`a whole number from ${min} to ${max}`, (value): value is number => {
      return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
    });
  },

  oneOf<const T extends string>(choices: readonly T[]): Shape<T> {
    return checked(`one of ${choices.join(", ")}`, (value): value is T =>
      (choices as readonly unknown[]).includes(value),
    );
  },

  /** A text that `parse` understands; it gives undefined for one that it does not. */
  parsed<T>(wanted: string, parse: (text: string) => T | undefined): Shape<T> {
    return {
      wanted,
      read(value, at) {
        const result = typeof value === "string" ? parse(value) : undefined;
        if (result === undefined) throw new ShapeError(at, value, wanted);
        return result;
      },
    };
  },

  list<T>(item: Shape<T>): Shape<readonly T[]> {
    const wanted = `a list, each item ${item.wanted}`;
    return {
      wanted,
      read(value, at) {
        if (!Array.isArray(value)) throw new ShapeError(at, value, wanted);
        return value.map((one: unknown, i) => item.read(one, `${at}[${i}]`));
      },
    };
  },

  /** An object whose keys are data. */
  record<T>(member: Shape<T>): Shape<Readonly<Record<string, T>>> {
    const wanted = `an object, each member ${member.wanted}`;
    return {
      wanted,
      read(value, at) {
        if (!isRecord(value)) throw new ShapeError(at, value, wanted);
        return Object.fromEntries(
          Object.entries(value).map(([key, one]) => [key, member.read(one, join(at, key))]),
        );
      },
    };
  },

  /** A member that may be missing; null counts as missing, as Go writes it. */
  optional<T>(inner: Shape<T>): OptionalShape<T> {
    return { ...inner, isOptional: true };
  },

  /** An object with these members. Others are left out, so that a newer peer may send more. */
  object<const M extends Members>(members: M): Shape<ObjectOf<M>> {
    const entries = Object.entries(members);
    return {
      wanted: "an object",
      read(value, at) {
        if (!isRecord(value)) throw new ShapeError(at, value, "an object");
        const known: Record<string, unknown> = {};
        for (const [key, member] of entries) {
          const one = value[key];
          if ("isOptional" in member && (one === undefined || one === null)) continue;
          known[key] = member.read(one, join(at, key));
        }
        return known as ObjectOf<M>;
      },
    };
  },

  /** One of several objects, told apart by the text in member `tag`. */
  variants<const K extends string, const V extends Readonly<Record<string, Members>>>(
    tag: K,
    variants: V,
  ): Shape<VariantOf<K, V>> {
    const shapes = new Map(
      Object.entries(variants).map(([name, members]) => [name, shape.object(members)]),
    );
    const choice = shape.oneOf([...shapes.keys()]);
    return {
      wanted: "an object",
      read(value, at) {
        if (!isRecord(value)) throw new ShapeError(at, value, "an object");
        const name = choice.read(value[tag], join(at, tag));
        return { [tag]: name, ...shapes.get(name)?.read(value, at) } as VariantOf<K, V>;
      },
    };
  },
} as const;

export interface OptionalShape<T> extends Shape<T> {
  readonly isOptional: true;
}
// oxlint-disable-next-line typescript/no-explicit-any -- members are of whatever kind
type Members = Readonly<Record<string, Shape<any>>>;
type OptionalKeys<M extends Members> = {
  [K in keyof M]: M[K] extends OptionalShape<unknown> ? K : never;
}[keyof M];
type Flat<T> = { readonly [K in keyof T]: T[K] };
type ObjectOf<M extends Members> = Flat<
  { [K in Exclude<keyof M, OptionalKeys<M>>]: ShapeType<M[K]> } & {
    [K in OptionalKeys<M>]?: ShapeType<M[K]>;
  }
>;
type VariantOf<K extends string, V extends Readonly<Record<string, Members>>> = {
  [N in keyof V]: Flat<{ readonly [T in K]: N } & ObjectOf<V[N]>>;
}[keyof V];

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function join(at: string, key: string): string {
  return at === "" ? key : `${at}.${key}`;
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return value === "" ? "empty" : JSON.stringify(shortened(value));
  if (Array.isArray(value)) return "a list";
  return typeof value === "number" || typeof value === "boolean" || value === null
    ? String(value)
    : "an object";
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
