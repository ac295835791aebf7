import type { AddressGroup, AppliedToGroup, NetworkPolicy, PodReceipt } from "../model.ts";
import {
  addressGroupKind,
  addressGroupPatchKind,
  appliedToGroupKind,
  appliedToGroupPatchKind,
  type GroupPatch,
} from "./group.ts";
import { apiVersion, type WireKind } from "./kind.ts";
import { networkPolicyWire } from "./network-policy.ts";
import { podReceiptWire } from "./pod-receipt.ts";

/** What is listed and watched, by the resource's name in a path. */
export interface StreamObject {
  readonly networkpolicies: NetworkPolicy;
  readonly addressgroups: AddressGroup;
  readonly appliedtogroups: AppliedToGroup;
  readonly podreceipts: PodReceipt;
}
export type StreamName = keyof StreamObject;

export const streams: { readonly [K in StreamName]: WireKind<StreamObject[K]> } = {
  networkpolicies: networkPolicyWire,
  addressgroups: addressGroupKind,
  appliedtogroups: appliedToGroupKind,
  podreceipts: podReceiptWire,
};
export const streamNames = Object.keys(streams) as readonly StreamName[];

/** MODIFIED of a group carries the difference alone, of other kinds the whole. */
export const patchKinds: { readonly [K in StreamName]?: WireKind<GroupPatch> } = {
  addressgroups: addressGroupPatchKind,
  appliedtogroups: appliedToGroupPatchKind,
};

/** Says by an annotation that all has been told that was there at first (KEP-3157). */
export const initialEventsEnd = "k8s.io/initial-events-end";

/** The object of a BOOKMARK: how far the stream has come, and whether it is whole from here on. */
export function bookmark(name: StreamName, resourceVersion: string, isWhole: boolean): object {
  const annotations = { [initialEventsEnd]: "true" };
  const metadata = { resourceVersion, ...(isWhole && { annotations }) };
  return { apiVersion, kind: streams[name].kind, metadata };
}
