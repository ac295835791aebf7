import { parseShape, shape } from "@antrea/base";
import { type Attachment, checkAttachment } from "./environment.ts";
import { type CniError, type CniParsed, cniError } from "./errors.ts";
import { type NetworkConfig, parseNetworkConfig } from "./network-config.ts";
import { type CniResult, formatCniResult, parseCniResult } from "./result.ts";
import { atLeast, latestCniVersion } from "./versions.ts";

/**
 * Plugin and agent speak over a Unix socket: one line of JSON to ask, one to answer, then the agent
 * closes. A line from either side that says another protocol version is refused.
 */
export const cniProtocol = 1;

/** Where the agent listens, and where a DEL leaves word while it does not. */
export const cniPaths = {
  socket: "/var/run/antrea/cni.sock",
  pendingDelDir: "/var/run/antrea/cni/pending-del",
  /** Network namespaces by name (ip-netns(8)): the folder of the host that the agent sees. */
  netnsDir: "/var/run/netns",
} as const;

/** What the runtime asks. VERSION is not among them: the plugin answers it alone. */
export type CniRequest =
  | ({ readonly command: "ADD" | "DEL" | "CHECK"; readonly config: NetworkConfig } & Attachment)
  /** Forget every attachment that is not listed here. */
  | {
      readonly command: "GC";
      readonly config: NetworkConfig;
      readonly validAttachments: readonly AttachmentKey[];
    }
  | { readonly command: "STATUS"; readonly config: NetworkConfig };

export type AttachmentRequest = Extract<CniRequest, Attachment>;

/** An interface of a container, for the life of the container. */
export interface AttachmentKey {
  readonly containerId: string;
  readonly ifname: string;
}

/** What the agent answers. ADD has a result; the others only say that it is done. */
export type CniReply =
  | { readonly kind: "done"; readonly result?: CniResult }
  | { readonly kind: "failed"; readonly error: CniError };

const requestEnvelope = shape.object({
  protocol: shape.whole(0, 1_000_000),
  command: shape.oneOf(["ADD", "DEL", "CHECK", "GC", "STATUS"]),
  config: shape.json,
});
const attachmentShape = shape.object({
  containerId: shape.text,
  netns: shape.text,
  lentNetns: shape.optional(shape.text),
  ifname: shape.text,
  args: shape.record(shape.text),
});
const gcShape = shape.object({
  "cni.dev/valid-attachments": shape.optional(
    shape.list(shape.object({ containerID: shape.text, ifname: shape.text })),
  ),
});

/** The line that asks; ends in a line break. Also the content of a pending DEL. */
export function formatCniRequest(request: CniRequest): string {
  const common = { protocol: cniProtocol, command: request.command, config: request.config.raw };
  return "containerId" in request
    ? `${JSON.stringify({ ...common, ...attachmentOf(request) })}\n`
    : `${JSON.stringify(common)}\n`;
}

/** Understands a request wholly, or gives the error to answer with. */
export function parseCniRequest(line: string): CniParsed<CniRequest> {
  const json = parseJson(line);
  const envelope = parseShape(requestEnvelope, json);
  if ("problem" in envelope) return broken("request", envelope.problem);
  const { protocol, command, config: raw } = envelope.value;
  if (protocol !== cniProtocol) return { error: otherProtocol("plugin", protocol) };
  if (command === "GC" || command === "STATUS") return requestOf(command, raw);
  const attachment = parseShape(attachmentShape, json);
  return "problem" in attachment
    ? broken("request", attachment.problem)
    : requestOf(command, raw, attachment.value);
}

/** Joins a command, the configuration and (for ADD, DEL, CHECK) the environment, and checks them together. */
export function requestOf(
  command: CniRequest["command"],
  rawConfig: unknown,
  attachment?: Attachment,
): CniParsed<CniRequest> {
  const parsed = parseNetworkConfig(rawConfig);
  if (parsed.error) return parsed;
  const config = parsed.value;
  const since = cniCommandsSince[command];
  if (!atLeast(config.cniVersion, since)) {
    return {
      error: cniError(
        "incompatibleVersion",
        `The network configuration says cniVersion "${config.cniVersion}", but ${command} needs at least ${since}.`,
      ),
    };
  }
  switch (command) {
    case "STATUS":
      return { value: { command, config } };
    case "GC":
      return gcRequest(config);
    case "CHECK":
      if (!config.prevResult) {
        return {
          error: cniError(
            "invalidNetworkConfig",
            "prevResult is missing, but CHECK needs the result of the ADD.",
          ),
        };
      }
      break;
    case "ADD":
    case "DEL":
      break;
  }
  const checked = checkAttachment(command, attachment ?? nowhere);
  return checked.error ? checked : { value: { command, config, ...checked.value } };
}

/** The line that answers; ends in a line break. */
export function formatCniReply(reply: CniReply): string {
  const body =
    reply.kind === "failed"
      ? reply
      : {
          kind: reply.kind,
          ...(reply.result ? { result: formatCniResult(reply.result, latestCniVersion) } : {}),
        };
  return `${JSON.stringify({ protocol: cniProtocol, ...body })}\n`;
}

const replyShape = shape.variants("kind", {
  done: { protocol: shape.whole(0, 1_000_000), result: shape.optional(shape.json) },
  failed: {
    protocol: shape.whole(0, 1_000_000),
    error: shape.object({
      code: shape.whole(0, 0xffffffff),
      msg: shape.text,
      details: shape.optional(shape.text),
    }),
  },
});

/** The agent's answer; an error of the answer itself is told like an error that the agent reports. */
export function parseCniReply(line: string): CniReply {
  const parsed = parseShape(replyShape, parseJson(line));
  if ("problem" in parsed) return failed(broken("reply", parsed.problem).error);
  const reply = parsed.value;
  if (reply.protocol !== cniProtocol) return failed(otherProtocol("agent", reply.protocol));
  if (reply.kind === "failed") return failed(reply.error);
  if (!reply.result) return { kind: "done" };
  const result = parseCniResult(reply.result);
  return "problem" in result
    ? failed(broken("reply", `In its result, ${result.problem}`).error)
    : { kind: "done", result: result.value };
}

/** The file that remembers a DEL while the agent is away; its content is `formatCniRequest`. */
export function pendingDelPath({ containerId, ifname }: AttachmentKey, dir: string): string {
  return `${dir}/${containerId}-${ifname}.json`;
}

/** Whether the agent, in its Pod, can open a namespace at this path. */
export function isNamedNetns(netns: string): boolean {
  return netns.startsWith(`${cniPaths.netnsDir}/`) || netns.startsWith("/run/netns/");
}

/** Where the plugin lends an attachment's namespace to the agent. */
export function lentNetnsPath({ containerId, ifname }: AttachmentKey, dir: string): string {
  return `${dir}/antrea-${containerId}-${ifname}`;
}

/** The version of the specification that a command came with. VERSION is older than them all. */
export const cniCommandsSince = {
  ADD: "0.3.0",
  DEL: "0.3.0",
  CHECK: "0.4.0",
  GC: "1.1.0",
  STATUS: "1.1.0",
} as const;

const nowhere: Attachment = { containerId: "", netns: "", ifname: "", args: {} };

function attachmentOf({ containerId, netns, lentNetns, ifname, args }: Attachment): Attachment {
  return { containerId, netns, ...(lentNetns === undefined ? {} : { lentNetns }), ifname, args };
}

function gcRequest(config: NetworkConfig): CniParsed<CniRequest> {
  const parsed = parseShape(gcShape, config.raw);
  if ("problem" in parsed) {
    return { error: cniError("invalidNetworkConfig", `${parsed.problem}.`) };
  }
  const listed = parsed.value["cni.dev/valid-attachments"] ?? [];
  const validAttachments = listed.map(({ containerID, ifname }) => ({
    containerId: containerID,
    ifname,
  }));
  return { value: { command: "GC", config, validAttachments } };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function broken(what: "request" | "reply", problem: string): { readonly error: CniError } {
  return { error: cniError("decodingFailure", `The ${what} is not understood: ${problem}.`) };
}

function otherProtocol(who: "plugin" | "agent", protocol: number): CniError {
  return cniError(
    "incompatibleAgent",
    `The ${who} speaks protocol ${protocol}, this end ${cniProtocol}. Install plugin and agent of one release.`,
  );
}

function failed(error: CniError): CniReply {
  return { kind: "failed", error };
}
