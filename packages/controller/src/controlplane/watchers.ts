import type { AnswerStream } from "@antrea/base/io/https-server";
import type { Line } from "./text.ts";

/** Who watches one stream. */
export interface Watcher {
  /** The Node whose share it is told; undefined for people, who are told of all. */
  readonly nodeName?: string | undefined;
  /** The one object that it is told of; undefined for who is told of all. */
  readonly name?: string | undefined;
  readonly wantsBookmarks: boolean;
  readonly out: AnswerStream;
}

/** Who watches a stream, by Node; whoever is too slow is cut off, and comes back to list anew. */
export interface Watchers {
  add(watcher: Watcher, first: Line): void;
  ofNode(nodeName: string | undefined): Iterable<Watcher>;
  /** Those that are told of the object. */
  ofObject(nodeName: string | undefined, name: string): readonly Watcher[];
  all(): Iterable<Watcher>;
  nodeNames(): Iterable<string>;
  write(watcher: Watcher, line: Line): void;
  readonly count: number;
  cutAll(): void;
}

export function watchers(mostBufferedBytes: number, onSlow: (watcher: Watcher) => void): Watchers {
  const byNode = new Map<string | undefined, Set<Watcher>>();
  const allowance = new Map<Watcher, number>();

  function forget(watcher: Watcher): void {
    allowance.delete(watcher);
    const some = byNode.get(watcher.nodeName);
    if (some?.delete(watcher) && some.size === 0) byNode.delete(watcher.nodeName);
  }

  const all = function* (): Iterable<Watcher> {
    for (const some of byNode.values()) yield* some;
  };

  return {
    add(watcher, first) {
      const { out, nodeName } = watcher;
      if (out.signal.aborted) return;
      const some = byNode.get(nodeName) ?? new Set();
      byNode.set(nodeName, some.add(watcher));
      allowance.set(watcher, first.length + mostBufferedBytes); // what is there at first must fit, however much it is
      out.signal.addEventListener("abort", () => forget(watcher), { once: true });
      out.write(first);
    },
    ofNode: (nodeName) => byNode.get(nodeName) ?? [],
    ofObject: (nodeName, name) =>
      [...(byNode.get(nodeName) ?? [])].filter((one) => (one.name ?? name) === name),
    all,
    *nodeNames() {
      for (const name of byNode.keys()) if (name !== undefined) yield name;
    },
    write(watcher, line) {
      const { out } = watcher;
      if (out.bufferedBytes + line.length <= (allowance.get(watcher) ?? 0)) return out.write(line);
      forget(watcher);
      out.cut();
      onSlow(watcher);
    },
    get count() {
      return allowance.size;
    },
    cutAll() {
      for (const watcher of [...all()]) {
        forget(watcher);
        watcher.out.cut();
      }
    },
  };
}
