import { parseShape, shape } from "@antrea/base";
import { cniVersions, parseCniVersion } from "@antrea/api/cni";

const conflist = shape.object({
  cniVersion: shape.text,
  name: shape.text,
  plugins: shape.list(shape.object({ type: shape.text })),
});

/** Why a text must not be installed as the Node's network configuration; undefined if it may. */
export function conflistProblem(text: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `it is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const parsed = parseShape(conflist, json);
  if ("problem" in parsed) return parsed.problem;
  const { cniVersion, plugins } = parsed.value;
  if (!parseCniVersion(cniVersion)) {
    return `cniVersion is "${cniVersion}", but must be one of ${cniVersions.join(", ")}`;
  }
  return plugins.some(({ type }) => type === "antrea")
    ? undefined
    : `none of its plugins has the type "antrea"`;
}

/** The plugin types that a checked configuration list calls. */
export function pluginTypes(text: string): readonly string[] {
  const parsed = parseShape(conflist, JSON.parse(text));
  return "value" in parsed ? parsed.value.plugins.map(({ type }) => type) : [];
}
