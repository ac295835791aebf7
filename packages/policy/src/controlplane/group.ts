import { type ShapeType, shape } from "@antrea/base";
import { portProtocols } from "@antrea/api";
import type { AddressGroup, AppliedToGroup, GroupMember, NamedPort } from "../model.ts";
import { apiVersion, type WireKind } from "./kind.ts";
import { addressShape, encodeAddress, listOf, metadataShape, someOf } from "./wire.ts";

const port = shape.object({
  port: shape.whole(0, 65_535),
  name: shape.optional(shape.text),
  protocol: shape.oneOf(portProtocols),
});

const member = shape.object({
  pod: shape.optional(shape.object({ name: shape.text, namespace: shape.text })),
  node: shape.optional(shape.object({ name: shape.text })),
  ips: listOf(addressShape),
  ports: listOf(port),
});

const group = shape.object({ metadata: metadataShape, groupMembers: listOf(member) });

const patch = shape.object({
  metadata: metadataShape,
  addedGroupMembers: listOf(member),
  removedGroupMembers: listOf(member),
});

/** How a group differs from what was told of it before: what is removed goes first. */
export interface GroupPatch {
  readonly name: string;
  readonly added: readonly GroupMember[];
  readonly removed: readonly GroupMember[];
}

type Group = AddressGroup | AppliedToGroup;

function groupKind<T extends Group>(kind: string): WireKind<T> {
  return {
    kind,
    nameOf: (value) => value.name,
    encode: ({ name, members }) => ({
      ...{ apiVersion, kind, metadata: { name } },
      ...someOf("groupMembers", members.map(encodeMember)),
    }),
    decode(object) {
      const { metadata, groupMembers } = group.read(object, "");
      return { name: metadata.name, members: membersOf(groupMembers) } as T;
    },
  };
}

function patchKind(kind: string): WireKind<GroupPatch> {
  return {
    kind,
    nameOf: (value) => value.name,
    encode: ({ name, added, removed }) => ({
      ...{ apiVersion, kind, metadata: { name } },
      ...someOf("addedGroupMembers", added.map(encodeMember)),
      ...someOf("removedGroupMembers", removed.map(encodeMember)),
    }),
    decode(object) {
      const { metadata, addedGroupMembers, removedGroupMembers } = patch.read(object, "");
      return {
        name: metadata.name,
        added: membersOf(addedGroupMembers),
        removed: membersOf(removedGroupMembers),
      };
    },
  };
}

export const addressGroupKind = groupKind<AddressGroup>("AddressGroup");
export const appliedToGroupKind = groupKind<AppliedToGroup>("AppliedToGroup");
export const addressGroupPatchKind = patchKind("AddressGroupPatch");
export const appliedToGroupPatchKind = patchKind("AppliedToGroupPatch");

export function encodeMember({ pod, node, ips, ports }: GroupMember): object {
  return {
    ...(pod && { pod }),
    ...(node !== undefined && { node: { name: node } }),
    ...someOf("ips", ips.map(encodeAddress)),
    ...someOf("ports", ports),
  };
}

/** Members that are neither Pods nor Nodes (ExternalEntities) are of no use here. */
function membersOf(list: readonly ShapeType<typeof member>[] = []): readonly GroupMember[] {
  return list.flatMap(({ pod, node, ips = [], ports = [] }): readonly GroupMember[] => {
    const rest = { ips, ports: ports.flatMap(namedPort) };
    if (pod) return [{ pod, ...rest }];
    return node ? [{ node: node.name, ...rest }] : [];
  });
}

function namedPort({ name, ...rest }: ShapeType<typeof port>): readonly NamedPort[] {
  return name === undefined ? [] : [{ name, ...rest }];
}
