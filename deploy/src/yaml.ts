import { Document, isMap, isNode, isScalar, isSeq, type Node } from "yaml";
import { reasonOf } from "./commented.ts";

/** The objects as one YAML text, in their order, with their reasons as comments. */
export function yamlText(objects: readonly object[]): string {
  return objects.map((object) => `---\n${objectText(object)}`).join("");
}

function objectText(object: object): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  if (isNode(document.contents)) annotate(document.contents, object);
  return document.toString({ lineWidth: 0, indentSeq: true, commentString: commentLines });
}

function annotate(node: Node, value: unknown): void {
  const reason = reasonOf(value);
  if (reason !== undefined) node.commentBefore = reason;
  if (isSeq(node) && Array.isArray(value))
    for (const [i, item] of node.items.entries()) if (isNode(item)) annotate(item, value[i]);
  if (!isMap(node)) return;
  for (const { key, value: child } of node.items) {
    if (!isScalar(key) || !isNode(child)) continue;
    const below = (value as Readonly<Record<string, unknown>>)[String(key.value)];
    const itsReason = isMap(child) ? reasonOf(below) : undefined;
    annotate(child, below);
    // A comment before a map stands above its key, not between key and map.
    if (itsReason !== undefined) {
      key.commentBefore = itsReason;
      child.commentBefore = null;
    }
  }
}

function commentLines(text: string): string {
  return text.replace(/^/gm, "# ");
}
