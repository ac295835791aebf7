import type { AddressGroup, AppliedToGroup, NetworkPolicy } from "../model.ts";
import type { WireKind } from "./kind.ts";
import { streams } from "./streams.ts";

/** What one Node would be told, were something of the cluster another: objects as they would be, and names of those that would go. */
export interface ShareChange {
  readonly networkPolicies: ObjectsChange<NetworkPolicy>;
  readonly addressGroups: ObjectsChange<AddressGroup>;
  readonly appliedToGroups: ObjectsChange<AppliedToGroup>;
}

export interface ObjectsChange<T> {
  readonly put: readonly T[];
  readonly removed: readonly string[];
}

/** The same with its objects in JSON, as streams tell them. */
export type ShareChangeText = { readonly [K in keyof ShareChange]: ObjectsChange<Json> };
type Json = Readonly<Record<string, unknown>>;

export function encodeShareChange(change: ShareChange): ShareChangeText {
  const encode = <T>({ put, removed }: ObjectsChange<T>, kind: WireKind<T>) => ({
    put: put.map((object) => kind.encode(object) as Json),
    removed,
  });
  return {
    networkPolicies: encode(change.networkPolicies, streams.networkpolicies),
    addressGroups: encode(change.addressGroups, streams.addressgroups),
    appliedToGroups: encode(change.appliedToGroups, streams.appliedtogroups),
  };
}

/** Throws a `ShapeError`. */
export function decodeShareChange(change: ShareChangeText): ShareChange {
  const decode = <T>({ put, removed }: ObjectsChange<Json>, kind: WireKind<T>) => ({
    put: put.map((object) => kind.decode(object)),
    removed,
  });
  return {
    networkPolicies: decode(change.networkPolicies, streams.networkpolicies),
    addressGroups: decode(change.addressGroups, streams.addressgroups),
    appliedToGroups: decode(change.appliedToGroups, streams.appliedtogroups),
  };
}
