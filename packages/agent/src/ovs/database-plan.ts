/** What to do about the database before ovsdb-server starts. */
export type DatabasePlan =
  | { readonly kind: "create" }
  /** It is there, but ovsdb-tool cannot read it: it is put aside, and a new one made. */
  | { readonly kind: "replace"; readonly reason: string }
  /** An older Open vSwitch wrote it; a copy of it is kept. */
  | { readonly kind: "convert"; readonly from: string; readonly to: string }
  /** A newer Open vSwitch wrote it, whose schema stays: columns are only ever added. */
  | { readonly kind: "keep-newer"; readonly version: string }
  | { readonly kind: "keep" };

/** What was found of the database file. */
export type DatabaseState =
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "readable"; readonly version: string };

export function planDatabase(state: DatabaseState, schemaVersion: string): DatabasePlan {
  switch (state.kind) {
    case "missing":
      return { kind: "create" };
    case "unreadable":
      return { kind: "replace", reason: state.reason };
    case "readable": {
      const order = compareVersions(state.version, schemaVersion);
      if (order < 0) return { kind: "convert", from: state.version, to: schemaVersion };
      return order > 0 ? { kind: "keep-newer", version: state.version } : { kind: "keep" };
    }
  }
}

/** Below, equal to, or above zero; RFC 7047 section 3.1 gives schema versions three numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((v) => v.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
