export const controlplaneGroup = "controlplane.antrea.io";
export const controlplaneVersion = "v1beta2";
export const apiVersion = `${controlplaneGroup}/${controlplaneVersion}`;

/** A kind of the group both ways. What comes from a wire is hostile until it is decoded. */
export interface WireKind<T> {
  readonly kind: string;
  nameOf(value: T): string;
  encode(value: T): object;
  /** Throws a `ShapeError`. */
  decode(object: unknown): T;
}
