import type { GroupMember } from "../model.ts";
import { serviceAccountLabel } from "../selectors/group-selector.ts";
import type { NamespaceState } from "./namespace-state.ts";
import type { Labels, PodRecord } from "./records.ts";
import type { Selectable, Selection, Standing } from "./selection.ts";

/** A Pod that groups may have: not on its Node's own network, and not finished. */
export class PodState implements Selectable {
  readonly namespace: NamespaceState;
  readonly name: string;
  uid = "";
  labels: Labels = {};
  standing: Standing = {};
  selections = new Set<Selection>();

  constructor(namespace: NamespaceState, name: string) {
    this.namespace = namespace;
    this.name = name;
  }
}

export function isSelectable({ hostNetwork, isFinished }: PodRecord): boolean {
  return !hostNetwork && !isFinished;
}

export function labelsOf({ labels, serviceAccount }: PodRecord): Labels {
  return { ...labels, [serviceAccountLabel]: serviceAccount };
}

/** What it is to groups; the same as before where nothing of it changed. */
export function standingOf(pod: PodRecord, before: Standing): Standing {
  const { namespace, name, ips, ports, nodeName } = pod;
  const reference = before.own?.pod ?? before.peer?.pod ?? { namespace, name };
  const peer = ips.length > 0 ? same(before.peer, { pod: reference, ips, ports }) : undefined;
  const own =
    nodeName === undefined ? undefined : same(before.own, { pod: reference, ips: [], ports });
  const isSame = peer === before.peer && own === before.own && nodeName === before.host;
  return isSame ? before : { peer, own, host: nodeName };
}

export function same(before: GroupMember | undefined, now: GroupMember): GroupMember {
  return before && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
