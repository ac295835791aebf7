import { type Brand, invariant } from "@antrea/base";

/** A row's identity, given by the server, in its lower-case text form. */
export type Uuid = Brand<string, "Uuid">;

/** Stands, inside one transaction, for a row that the same transaction inserts (RFC 7047 section 5.1). */
export interface NamedUuid {
  readonly named: string;
}
export type RowRef = Uuid | NamedUuid;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function parseUuid(text: string): Uuid | undefined {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as Uuid) : undefined;
}

/** The name must be an identifier: letters, digits and underscores, no digit first. */
export function namedUuid(name: string): NamedUuid {
  invariant(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), `${name} is an identifier`);
  return { named: name };
}
