import type { Path } from "@antrea/pipeline";

/** Since when each peer is reached the way it is. */
export interface PathHistory {
  /** The way to the peer now; undefined once the peer is gone. */
  note(name: string, kind: Path["kind"] | undefined): void;
  sinceOf(name: string): Date | undefined;
}

export function pathHistory(wallTime: () => Date): PathHistory {
  const ways = new Map<string, { readonly kind: Path["kind"]; readonly since: Date }>();
  return {
    note(name, kind) {
      if (kind === undefined) ways.delete(name);
      else if (ways.get(name)?.kind !== kind) ways.set(name, { kind, since: wallTime() });
    },
    sinceOf: (name) => ways.get(name)?.since,
  };
}
