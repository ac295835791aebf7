import { objectNames } from "../names.ts";
import { type Document, isScalar, parseDocument } from "yaml";

/**
 * `antrea-agent.conf` with other values of top-level options, as a person would edit it: comments and order
 * stay.
 */
export function withOptions(
  text: string,
  options: Readonly<Record<string, string | number | boolean | readonly string[]>>,
): string {
  const edited: Document = parseDocument(text);
  for (const [key, value] of Object.entries(options)) {
    const node = edited.get(key, true);
    if (isScalar(node) && typeof value !== "object") node.value = value;
    else edited.set(key, edited.createNode(value));
  }
  return edited.toString({ lineWidth: 0 });
}

/** `antrea-agent.conf` itself, or that of a ConfigMap that holds it, as in `kubectl get configmap -o yaml`. */
export function agentConfigOf(text: string): string {
  const held: unknown = parseDocument(text).toJS();
  if (typeof held !== "object" || held === null) return text;
  const { kind, data } = held as Readonly<Record<string, unknown>>;
  if (kind !== "ConfigMap" || typeof data !== "object" || data === null) return text;
  const config: unknown = (data as Record<string, unknown>)[objectNames.agentConfigKey];
  return typeof config === "string" ? config : text;
}
