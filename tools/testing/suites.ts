import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { repository } from "../repository.ts";

export type SuiteName = "unit" | "ovs" | "root" | "kube" | "e2e" | "bare" | "soak";

/** What `make test` runs; the rest takes too long and is asked for by name. */
export const everyday = [
  "unit",
  "ovs",
  "root",
  "kube",
  "e2e",
] as const satisfies readonly SuiteName[];

/** A number of files that run in one process. */
export interface Batch {
  readonly title: string;
  readonly files: readonly string[];
}

export interface Suite {
  readonly name: SuiteName;
  /** How many batches may run at a time. */
  readonly width: number;
  /** How long no test of a batch may end until it counts as stuck. */
  readonly limitMs: number;
  readonly batches: readonly Batch[];
}

const minute = 60_000;

/** All test files in the order in which their kinds run; `filters` keeps those whose path has one of them in it. */
export function findSuites(filters: readonly string[], cores: number): readonly Suite[] {
  const files = testFiles().filter(
    (file) => filters.length === 0 || filters.some((part) => file.includes(part)),
  );
  const of = (kind: SuiteName): readonly string[] => files.filter((file) => kindOf(file) === kind);
  const alone = (kind: SuiteName): readonly Batch[] =>
    of(kind).map((file) => ({ title: file, files: [file] }));
  return [
    { name: "unit", width: cores, limitMs: 3 * minute, batches: byRoom(of("unit")) },
    { name: "ovs", width: cores, limitMs: 3 * minute, batches: alone("ovs") },
    { name: "root", width: 1, limitMs: 3 * minute, batches: alone("root") },
    { name: "kube", width: 1, limitMs: 5 * minute, batches: alone("kube") },
    // a lab spends half of its time waiting, so two share the machine well
    { name: "e2e", width: 2, limitMs: 12 * minute, batches: alone("e2e") },
    { name: "bare", width: 1, limitMs: 12 * minute, batches: alone("bare") },
    { name: "soak", width: 1, limitMs: 40 * minute, batches: alone("soak") },
  ];
}

function testFiles(): readonly string[] {
  const isTest = (path: string): boolean =>
    path.endsWith(".test.ts") &&
    !path.endsWith(".types.test.ts") &&
    !path.includes("node_modules/");
  return ["packages", "lab", "tools", "deploy", "examples", "test"]
    .flatMap((place) => {
      try {
        return readdirSync(join(repository, place), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => relative(repository, join(entry.parentPath, entry.name)));
      } catch {
        return []; // a place that this checkout does not have
      }
    })
    .filter(isTest)
    .sort();
}

function kindOf(file: string): SuiteName {
  const marked = /\.(ovs|root|kube)\.test\.ts$/.exec(file)?.[1];
  if (marked) return marked as SuiteName;
  if (file.startsWith("test/soak/")) return "soak";
  if (file.startsWith("test/bare/")) return "bare";
  return file.startsWith("test/") ? "e2e" : "unit";
}

/** Unit tests of one room share a process: starting one costs more than most files' tests. */
function byRoom(files: readonly string[]): readonly Batch[] {
  const rooms = Map.groupBy(files, (file) =>
    file
      .split("/")
      .slice(0, file.startsWith("packages/") ? 2 : 1)
      .join("/"),
  );
  return [...rooms].map(([title, own]) => ({ title, files: own }));
}
