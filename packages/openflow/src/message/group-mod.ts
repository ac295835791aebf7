import { type Bucket, type Group, groupTypes, type Selection } from "../flow/group.ts";
import { decodeBuckets, decodeSelection, encodeBuckets, encodeSelection } from "./bucket.ts";
import { defineMessage } from "./definition.ts";

/** By number on the wire (`ofp_group_mod_command`); "addOrModify" is Open vSwitch's own. */
const commands = {
  add: 0,
  modify: 1,
  delete: 2,
  insertBucket: 3,
  removeBucket: 5,
  addOrModify: 0x8000,
} as const;
export type GroupModCommand = keyof typeof commands;

/** OFPT_GROUP_MOD (OpenFlow 1.5.1 section 7.3.4.4). */
export interface GroupMod {
  readonly kind: "groupMod";
  readonly command: GroupModCommand;
  /** For insertBucket: the new buckets; for delete and removeBucket: none. */
  readonly group: Group;
  /** For insertBucket and removeBucket: which place; see `bucketPlaces`. */
  readonly place: number;
}

/** Where buckets are inserted or removed, besides behind one bucket's id. */
export const bucketPlaces = { first: 0xfffffffd, last: 0xfffffffe, all: 0xffffffff } as const;
export const allGroups = 0xfffffffc;

export function groupModOf(command: GroupModCommand, group: Group): GroupMod {
  return { kind: "groupMod", command, group, place: bucketPlaces.all };
}

/** Buckets that surely fit one message; Antrea keeps to the same. */
const BUCKETS_A_MESSAGE = 700;

/** The messages that create or replace a group, however many buckets it has. */
export function groupModsOf(
  command: "add" | "modify" | "addOrModify",
  group: Group,
): readonly GroupMod[] {
  const first = { ...group, buckets: group.buckets.slice(0, BUCKETS_A_MESSAGE) };
  const mods: GroupMod[] = [groupModOf(command, first)];
  for (let i = BUCKETS_A_MESSAGE; i < group.buckets.length; i += BUCKETS_A_MESSAGE) {
    const { id, type } = group;
    const buckets = group.buckets.slice(i, i + BUCKETS_A_MESSAGE);
    mods.push({
      kind: "groupMod",
      command: "insertBucket",
      group: { id, type, buckets },
      place: bucketPlaces.last,
    });
  }
  return mods;
}

export const groupMod = defineMessage<GroupMod>({
  kind: "groupMod",
  id: { of: 15 },
  encode({ command, group, place }, out) {
    out.u16(commands[command]);
    out.u8(groupTypes.indexOf(group.type));
    out.zeros(1);
    out.u32(group.id);
    const sizeAt = out.size;
    out.zeros(4);
    out.u32(place);
    encodeBuckets(group.buckets, group.type, sizeAt, out);
    if (group.selection) encodeSelection(group.selection, out);
  },
  decode(body) {
    const commandValue = body.u16();
    const command = (Object.keys(commands) as GroupModCommand[]).find(
      (c) => commands[c] === commandValue,
    );
    if (!command) return body.fail({ code: "bad-value", field: "command", value: commandValue }, 2);
    const value = body.u8();
    const type = groupTypes[value] ?? body.fail({ code: "bad-value", field: "type", value }, 1);
    body.skip(1);
    const id = body.u32();
    const size = body.u16();
    body.skip(2);
    const place = body.u32();
    const buckets = decodeBuckets(body.slice(size));
    return {
      kind: "groupMod",
      command,
      group: groupOf(id, type, buckets, decodeSelection(body)),
      place,
    };
  },
});

export function groupOf(
  id: number,
  type: Group["type"],
  buckets: readonly Bucket[],
  selection: Selection | undefined,
): Group {
  return selection ? { id, type, selection, buckets } : { id, type, buckets };
}
