import { CRD_GROUP } from "../names.ts";
import type { CustomKind } from "./kind.ts";
import { customKinds } from "./kinds.ts";

/** The page `docs/reference/crds.md`: every field of every kind of our own, printed from its definition. */
export function crdPage(): string {
  return [
    "# Custom resources",
    "",
    "Printed from the definitions in `packages/api/src/crd/`; do not edit here.",
    ...customKinds.flatMap(kindSection),
    "",
  ].join("\n");
}

interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode;
}

function kindSection(kind: CustomKind<unknown>): string[] {
  const schema = kind.fields.schema as SchemaNode;
  const place = kind.scope === "Cluster" ? "the cluster" : "a Namespace";
  const older = (kind.olderVersions ?? []).map((version) => `, also \`${version}\``).join("");
  const shown = kind.columns.map(({ name, isWide }) => (isWide ? `${name} (wide)` : name));
  return [
    "",
    `## ${kind.kind}`,
    "",
    `\`${CRD_GROUP}/${kind.version}\`${older}, belongs to ${place}, \`kubectl get ${[kind.plural, ...kind.shortNames].join("` or `")}\`. ${schema.description ?? ""}`,
    "",
    `Columns: ${shown.join(", ")}.`,
    "",
    "| field | type | meaning |",
    "|---|---|---|",
    ...fieldRows(schema, "").map(([path, type, text]) => `| \`${path}\` | ${type} | ${text} |`),
  ];
}

function fieldRows(node: SchemaNode, prefix: string): [string, string, string][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const inner = field.items ?? field.additionalProperties;
    const suffix = field.items ? "[]" : field.additionalProperties ? "{}" : "";
    return [
      [path + suffix, typeText(field), field.description ?? ""] as [string, string, string],
      ...fieldRows(inner ?? field, `${path}${suffix}.`),
    ];
  });
}

function typeText(field: SchemaNode): string {
  if (field.enum) return field.enum.map((word) => `\`${word}\``).join(", ");
  if (field.items) return `list of ${typeText(field.items)}`;
  if (field.additionalProperties) return `map to ${typeText(field.additionalProperties)}`;
  return field.format ?? field.type ?? "";
}
