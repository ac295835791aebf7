import { isDeepStrictEqual } from "node:util";
import type { GateStates } from "@antrea/api";
import { parseShape, type ShapeType, shape } from "@antrea/base";
import { type Question, refusalText, type Validation } from "../admission/index.ts";
import type { ObjectName } from "../computation/records.ts";
import { type RecordKind, recordInputs } from "../records/index.ts";
import { type PlannedKind, plannedKinds } from "./kinds.ts";
import { type KnownObjects, knowledgeOf, type NamedRecord } from "./known-objects.ts";

/** What would become of an object of the manifest. */
export type PlannedAction =
  | "create"
  | "change"
  /** It is there as it is written. */
  | "keep"
  | "delete"
  /** It is to be deleted, and is not there. */
  | "absent"
  | "refuse"
  /** No policy depends on its kind, or nobody looks at it. */
  | "ignore";

export interface PlannedObject extends ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly action: PlannedAction;
  /** Why it is refused or ignored, each a sentence without a full stop. */
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/** An object of the cluster that would be another; without a record it would be gone. */
export interface Step {
  readonly kind: RecordKind;
  readonly name: ObjectName;
  readonly before?: NamedRecord | undefined;
  readonly record?: NamedRecord;
}

export interface Manifest {
  readonly objects: readonly unknown[];
  readonly isDelete: boolean;
  /** For objects that name none. */
  readonly namespace: string;
}

export interface Judged {
  readonly objects: readonly PlannedObject[];
  readonly steps: readonly Step[];
}

/**
 * Takes the objects one after the other, as the API server is given them: each is judged with those before
 * it in place, and `known` is afterwards what the cluster would have. What is refused changes nothing.
 */
export async function judge(
  known: KnownObjects,
  manifest: Manifest,
  gates: GateStates,
): Promise<Judged> {
  const validation: Validation = {
    knowledge: knowledgeOf(known),
    hasAntreaPolicies: gates.AntreaPolicy,
    hasClusterPolicies: gates.ClusterNetworkPolicy,
    isL7Enabled: gates.L7NetworkPolicy,
    mayTellNames: true, // who plans has read them
    ownUsername: "system:serviceaccount:kube-system:antrea-controller",
  };
  const objects: PlannedObject[] = [];
  const steps: Step[] = [];
  for (const object of manifest.objects) {
    const { planned, step } = await judgeOne(object, { known, manifest, gates, validation });
    objects.push(planned);
    if (!step) continue;
    steps.push(step);
    if (step.record) known.set(step.kind, { object, record: step.record });
    else known.delete(step.kind, step.name);
  }
  return { objects, steps };
}

interface Bench {
  readonly known: KnownObjects;
  readonly manifest: Manifest;
  readonly gates: GateStates;
  readonly validation: Validation;
}

interface One {
  readonly planned: PlannedObject;
  readonly step?: Step;
}

/** These are printed as they are, and a manifest may be anybody's. */
const word = matching("letters, digits and . / -", /^[\w./-]+$/);
const objectName = matching(
  "a name of lower-case letters, digits, - and .",
  /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
);
const head = shape.object({
  apiVersion: word,
  kind: word,
  metadata: shape.object({ name: objectName, namespace: shape.optional(objectName) }),
});
type Head = ShapeType<typeof head>;

async function judgeOne(object: unknown, bench: Bench): Promise<One> {
  const parsed = parseShape(head, object);
  if ("problem" in parsed) {
    const nameless = { apiVersion: "", kind: "", namespace: "", name: "" };
    return { planned: { ...nameless, action: "refuse", reasons: [parsed.problem], warnings: [] } };
  }
  const { value } = parsed;
  const kind = plannedKinds.find((one) => isOf(one, value));
  const plain = {
    ...{ apiVersion: value.apiVersion, kind: value.kind, name: value.metadata.name },
    namespace:
      kind && !kind.isNamespaced ? "" : (value.metadata.namespace ?? bench.manifest.namespace),
    warnings: [],
  };
  if (!kind) return { planned: { ...plain, ...strange(value) } };
  return judgeKnown(object, { kind, plain, bench });
}

function matching(wanted: string, pattern: RegExp) {
  return shape.parsed(wanted, (text) => (pattern.test(text) ? text : undefined));
}

function isOf({ kind, apiVersions }: PlannedKind, value: Head): boolean {
  return kind === value.kind && apiVersions.includes(value.apiVersion);
}

/** One of ours in a version that is not served would be refused; of others nobody here knows. */
function strange({ apiVersion, kind }: Head): Pick<PlannedObject, "action" | "reasons"> {
  const group = apiVersion.slice(0, apiVersion.indexOf("/"));
  const served = plannedKinds.find(
    (one) => one.kind === kind && one.apiVersions.some((other) => other.startsWith(`${group}/`)),
  );
  return served
    ? {
        action: "refuse",
        reasons: [`apiVersion is ${apiVersion}, but must be ${served.apiVersions.join(" or ")}`],
      }
    : { action: "ignore", reasons: ["no policy depends on its kind"] };
}

interface Asked {
  readonly kind: PlannedKind;
  readonly plain: Omit<PlannedObject, "action" | "reasons">;
  readonly bench: Bench;
}

async function judgeKnown(object: unknown, { kind, plain, bench }: Asked): Promise<One> {
  const { known, manifest, gates, validation } = bench;
  const name = { namespace: plain.namespace, name: plain.name };
  const before = known.get(kind.record, name);
  const as = (action: PlannedAction, more: Partial<PlannedObject> = {}): PlannedObject => ({
    ...{ ...plain, action, reasons: [] },
    ...more,
  });
  if (manifest.isDelete && !before) return { planned: as("absent") };
  const operation = manifest.isDelete ? "DELETE" : before ? "UPDATE" : "CREATE";
  const asked: Question = {
    ...{ ...name, operation, username: "" },
    object: manifest.isDelete ? undefined : object,
    oldObject: before?.object,
  };
  const { refusals, warnings } = await kind.validate(asked, validation);
  if (refusals.length > 0) return { planned: as("refuse", { reasons: refusals.map(refusalText) }) };
  if (kind.gate && !gates[kind.gate])
    return { planned: as("ignore", { reasons: [`feature gate ${kind.gate} is closed`] }) };
  const step: Step = { kind: kind.record, name, before: before?.record };
  if (manifest.isDelete) return { planned: as("delete"), step };
  const read = recordInputs[kind.record].project(named(object, name, before?.record));
  const record = read && ((kind.complete?.(read) ?? read) as NamedRecord);
  if (!record) return { planned: as("ignore", { reasons: ["it has no spec"] }) };
  if (before && isSame(before.record, record)) return { planned: as("keep", { warnings }) };
  const action = before ? "change" : "create";
  return { planned: as(action, { warnings }), step: { ...step, record } };
}

function isSame(before: NamedRecord, after: NamedRecord): boolean {
  const plain = (record: NamedRecord) => ({ ...record, generation: 0 });
  return isDeepStrictEqual(plain(before), plain(after));
}

/** The object with what the API server would write into its metadata. */
function named(object: unknown, name: ObjectName, before: NamedRecord = { name: "" }): object {
  const { kind, metadata, ...rest } = object as Readonly<Record<string, unknown>>;
  const { uid = plannedUid(String(kind), name), generation = 0 } = before as {
    readonly uid?: string;
    readonly generation?: number;
  };
  return {
    ...{ ...rest, kind },
    metadata: { ...(metadata as object), ...name, uid, generation: generation + 1 },
  };
}

/** For one that has none yet: the API server gives it when the object is made. */
function plannedUid(kind: string, { namespace, name }: ObjectName): string {
  return `planned:${kind}:${namespace === "" ? "" : `${namespace}/`}${name}`;
}
