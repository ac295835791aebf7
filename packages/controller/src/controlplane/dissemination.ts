import { type ComputedObjects, formatMark, type PolicyComputation } from "@antrea/policy";
import {
  bookmark,
  type StreamName,
  type StreamObject,
  streamNames,
} from "@antrea/policy/controlplane";
import type { StreamSelection } from "./selection.ts";
import { type ChangeLines, eventLine, type Line, type StreamText, streamText } from "./text.ts";
import { type Watcher, type Watchers, watchers } from "./watchers.ts";

/** What has been computed, told to whoever watches: to each Node its own share. */
export interface Dissemination {
  /** One event of the cluster: it is computed and told when this returns. */
  tell(update: Parameters<PolicyComputation["update"]>[0]): void;
  watch(stream: StreamName, watcher: Watcher): void;
  /** The objects of a list, and where it stands. */
  list(
    stream: StreamName,
    selection: StreamSelection,
  ): { readonly items: readonly string[]; readonly resourceVersion: string };
  get(stream: StreamName, name: string, nodeName: string | undefined): string | undefined;
  /** Says on every stream that it is alive. */
  beat(): void;
  readonly watcherCount: number;
  /** Ends every watch: who watched asks another controller, or this one later. */
  cutAll(): void;
  /** As `cutAll`, and tells nobody of anything any more. */
  close(): void;
}

export interface DisseminationOptions {
  readonly computation: PolicyComputation;
  /** Who counts: no other controller, and not this one at another time, has the same. */
  readonly counter: string;
  /** How much a watcher may leave behind, beside what there was at first. */
  readonly mostBufferedBytes: number;
  readonly onSlow: (stream: StreamName, nodeName: string | undefined) => void;
}

interface Stream {
  readonly name: StreamName;
  readonly objects: ComputedObjects<unknown>;
  readonly text: StreamText;
  readonly watchers: Watchers;
}

export function dissemination(options: DisseminationOptions): Dissemination {
  const { computation, counter, mostBufferedBytes, onSlow } = options;
  let count = 0;
  let isClosed = false;
  const now = (): string => formatMark({ counter, count });

  function open<K extends StreamName>(name: K, objects: ComputedObjects<StreamObject[K]>): Stream {
    return {
      ...{ name, objects },
      text: streamText(name, objects, now),
      watchers: watchers(mostBufferedBytes, ({ nodeName }) => onSlow(name, nodeName)),
    };
  }
  const all: { readonly [K in StreamName]: Stream } = {
    networkpolicies: open("networkpolicies", computation.networkPolicies),
    addressgroups: open("addressgroups", computation.addressGroups),
    appliedtogroups: open("appliedtogroups", computation.appliedToGroups),
    podreceipts: open("podreceipts", computation.podReceipts),
  };

  function follow({ name, objects, text, watchers }: Stream): () => void {
    return objects.onChange((change) => {
      const lines = text.lines(change);
      const tell = (nodes: Iterable<string>, lineFor: LineFor) =>
        tellNodes(watchers, change.name, nodes, lineFor);
      tell(change.left, () => lines.left);
      tell(change.joined, lines.joined);
      tell(change.stayed, lines.stayed);
      tellPeople(watchers, change.name, lines);
      if (name === "podreceipts") for (const node of change.joined) markOthers(node);
    });
  }
  const stops = streamNames.map((name) => follow(all[name]));

  /** Behind what belongs to a receipt of the Node, its other streams are told the receipt's number. */
  function markOthers(nodeName: string): void {
    for (const name of streamNames)
      if (name !== "podreceipts") mark(all[name], all[name].watchers.ofNode(nodeName), false);
  }

  function mark({ name, watchers }: Stream, some: Iterable<Watcher>, isWhole: boolean): void {
    const line = Buffer.from(eventLine("BOOKMARK", JSON.stringify(bookmark(name, now(), isWhole))));
    for (const watcher of [...some]) if (watcher.wantsBookmarks) watchers.write(watcher, line);
  }

  function textsOf({ objects, text }: Stream, selection: StreamSelection): readonly string[] {
    const { nodeName, name } = selection;
    const all = nodeName === undefined ? objects.names() : objects.namesFor(nodeName);
    const names = name === undefined ? all : [name];
    return [...names].flatMap((one) => text.object(one, nodeName) ?? []);
  }

  const cutAll = (): void => {
    for (const name of streamNames) all[name].watchers.cutAll();
  };

  return {
    tell(update) {
      count += 1;
      computation.update(update);
    },
    watch(name, watcher) {
      if (isClosed) return watcher.out.cut(); // nobody would tell it of anything
      const stream = all[name];
      const { nodeName } = watcher;
      const first = textsOf(stream, watcher).map((text) => eventLine("ADDED", text));
      stream.watchers.add(watcher, Buffer.from(first.join("")));
      mark(stream, [watcher], true);
      if (name === "podreceipts" && nodeName !== undefined) markOthers(nodeName);
    },
    list: (name, selection) => ({ items: textsOf(all[name], selection), resourceVersion: now() }),
    get: (stream, name, nodeName) => all[stream].text.object(name, nodeName),
    beat() {
      for (const name of streamNames) mark(all[name], all[name].watchers.all(), false);
    },
    get watcherCount() {
      return streamNames.reduce((sum, name) => sum + all[name].watchers.count, 0);
    },
    cutAll,
    close() {
      isClosed = true;
      for (const stop of stops) stop();
      cutAll();
    },
  };
}

type LineFor = (nodeName: string) => Line | undefined;

function tellNodes(
  watchers: Watchers,
  name: string,
  nodeNames: Iterable<string>,
  lineFor: LineFor,
): void {
  for (const nodeName of nodeNames) {
    const some = watchers.ofObject(nodeName, name);
    const line = some.length > 0 ? lineFor(nodeName) : undefined;
    if (line !== undefined) for (const watcher of some) watchers.write(watcher, line);
  }
}

function tellPeople(watchers: Watchers, name: string, lines: ChangeLines): void {
  const people = watchers.ofObject(undefined, name);
  if (people.length === 0) return;
  const line = lines.whole;
  for (const watcher of people) watchers.write(watcher, line);
}
