import { parseShape, type Shape } from "@antrea/base";
import { CRD_GROUP } from "../names.ts";
import type { Field, Schema } from "./field.ts";

/** A column of `kubectl get`. Wide ones are shown with `-o wide` only. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "date";
  readonly jsonPath: string;
  readonly description: string;
  readonly isWide?: true;
}

/** A kind of our own: everything that its CustomResourceDefinition says. */
export interface CustomKind<T> {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** The one that is stored. */
  readonly version: string;
  /** Served too: the same fields under another name of the version. */
  readonly olderVersions?: readonly string[];
  readonly scope: "Cluster" | "Namespaced";
  readonly columns: readonly PrinterColumn[];
  readonly hasStatus?: true;
  /** The fields beside `apiVersion`, `kind` and `metadata`. */
  readonly fields: Field<T>;
}

/** The part of `metadata` that our own kinds are read with. */
export interface CustomMeta {
  readonly name: string;
  /** Undefined for a kind of the cluster. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly generation?: number;
}

/** `crd.antrea.io/v1beta1`. */
export function apiVersionOfKind({ version }: CustomKind<unknown>): string {
  return `${CRD_GROUP}/${version}`;
}

/** An object of a kind as the server sent it: its fields, its name, or why it is none. */
export function parseCustom<T>(
  { kind, fields }: Pick<CustomKind<T>, "kind" | "fields">,
  object: unknown,
): { readonly value: T; readonly meta: CustomMeta } | { readonly problem: string } {
  const record = typeof object === "object" && object !== null ? object : {};
  const meta = "metadata" in record ? metaOf(record.metadata) : undefined;
  if (!meta) return { problem: `The ${kind} has no name` };
  const parsed = parseShape(fields as Shape<T>, object);
  return "problem" in parsed
    ? { problem: `${kind} ${meta.name}: ${parsed.problem}` }
    : { ...parsed, meta };
}

function metaOf(metadata: unknown): CustomMeta | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation } =
    metadata as Record<string, unknown>;
  if (typeof name !== "string" || name === "") return undefined;
  return {
    name,
    ...(typeof namespace === "string" ? { namespace } : {}),
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
    ...(typeof creationTimestamp === "string" ? { creationTimestamp } : {}),
    ...(typeof generation === "number" ? { generation } : {}),
  };
}

/** The CustomResourceDefinition object of a kind. */
export function definitionOf(kind: CustomKind<unknown>): Schema {
  const { properties, required, description } = kind.fields.schema as {
    readonly properties: Schema;
    readonly required?: readonly string[];
    readonly description: string;
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${CRD_GROUP}`, labels: { app: "antrea" } },
    spec: {
      group: CRD_GROUP,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        plural: kind.plural,
        singular: kind.singular,
        ...(kind.shortNames.length > 0 ? { shortNames: [...kind.shortNames] } : {}),
      },
      versions: [kind.version, ...(kind.olderVersions ?? [])].map((version) => ({
        name: version,
        served: true,
        storage: version === kind.version,
        ...(kind.columns.length > 0 && {
          additionalPrinterColumns: kind.columns.map(({ isWide, ...column }) => ({
            ...column,
            ...(isWide ? { priority: 1 } : {}),
          })),
        }),
        schema: {
          openAPIV3Schema: {
            type: "object",
            description,
            ...(required ? { required } : {}),
            properties: {
              apiVersion: { type: "string" },
              kind: { type: "string" },
              metadata: { type: "object" },
              ...properties,
            },
          },
        },
        ...(kind.hasStatus ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}
