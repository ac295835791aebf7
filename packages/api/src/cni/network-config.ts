import { parseShape, type ShapeType, shape } from "@antrea/base";
import { type CniParsed, cniError } from "./errors.ts";
import { type CniResult, dnsShape, parseCniResult } from "./result.ts";
import { type CniVersion, cniVersions, impliedCniVersion, parseCniVersion } from "./versions.ts";

/** Where the plugin finds the agent; an object under the key "antrea" of the network configuration. */
const place = shape.object({
  /** The agent's socket. */
  socketPath: shape.optional(shape.text),
  /** Where a DEL leaves word while the agent is away. */
  pendingDelDir: shape.optional(shape.text),
  /** Where namespaces are lent to the agent. */
  netnsDir: shape.optional(shape.text),
  /** How long to wait for the agent's reply, in milliseconds. */
  timeoutMs: shape.optional(shape.whole(1, 600_000)),
  /** How long an ADD waits for an agent that does not listen yet, in milliseconds. */
  patienceMs: shape.optional(shape.whole(0, 600_000)),
});

const config = shape.object({
  cniVersion: shape.optional(shape.text),
  name: shape.text,
  type: shape.optional(shape.text),
  ipam: shape.optional(shape.json),
  dns: shape.optional(dnsShape),
  mtu: shape.optional(shape.whole(0, 0x7fffffff)),
  runtimeConfig: shape.optional(shape.json),
  prevResult: shape.optional(shape.json),
  antrea: shape.optional(place),
});

/** The network configuration of one plugin (CNI specification, "Execution configuration"), checked. */
export interface NetworkConfig {
  readonly cniVersion: CniVersion;
  readonly name: string;
  readonly ipam?: Readonly<Record<string, unknown>>;
  readonly runtimeConfig?: Readonly<Record<string, unknown>>;
  readonly mtu?: number;
  /** Handed on in the result: the plugin itself resolves no names. */
  readonly dns?: ShapeType<typeof dnsShape>;
  readonly prevResult?: CniResult;
  readonly antrea: ShapeType<typeof place>;
  /** All of it, as the runtime wrote it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Specification, "Network configuration format": a name starts alphanumeric. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

export function parseNetworkConfig(value: unknown): CniParsed<NetworkConfig> {
  const parsed = parseShape(config, value);
  if ("problem" in parsed) return invalid(parsed.problem);
  const { cniVersion: versionText = impliedCniVersion, name, prevResult, ...known } = parsed.value;
  const cniVersion = parseCniVersion(versionText);
  if (cniVersion === undefined) {
    const spoken = `This plugin speaks ${cniVersions.join(", ")}`;
    return {
      error: cniError(
        "incompatibleVersion",
        `The network configuration says cniVersion "${versionText}". ${spoken}.`,
      ),
    };
  }
  if (!NAME.test(name)) {
    return invalid(
      `name is "${name}", but must begin with a letter or digit and go on with those, "_", "." or "-"`,
    );
  }
  const previous = prevResult && parseCniResult(prevResult);
  if (previous && "problem" in previous) return invalid(`In prevResult, ${previous.problem}`);
  return {
    value: {
      cniVersion,
      name,
      ...(known.ipam ? { ipam: known.ipam } : {}),
      ...(known.runtimeConfig ? { runtimeConfig: known.runtimeConfig } : {}),
      ...(known.mtu === undefined ? {} : { mtu: known.mtu }),
      ...(known.dns ? { dns: known.dns } : {}),
      ...(previous ? { prevResult: previous.value } : {}),
      antrea: known.antrea ?? {},
      raw: value as Readonly<Record<string, unknown>>,
    },
  };
}

function invalid(problem: string): CniParsed<never> {
  return { error: cniError("invalidNetworkConfig", `${problem}.`) };
}
