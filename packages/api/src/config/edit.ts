import { type Document, isScalar, parseDocument } from "yaml";

/**
 * `antrea-agent.conf` with other values of top-level options, as a person would edit it: comments and order
 * stay.
 */
export function withOptions(
  text: string,
  options: Readonly<Record<string, string | number | boolean>>,
): string {
  const edited: Document = parseDocument(text);
  for (const [key, value] of Object.entries(options)) {
    const node = edited.get(key, true);
    if (isScalar(node)) node.value = value;
    else edited.set(key, value);
  }
  return edited.toString({ lineWidth: 0 });
}
