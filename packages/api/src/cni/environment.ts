import { type CniParsed, cniError } from "./errors.ts";

export const cniCommands = ["ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"] as const;
export type CniCommand = (typeof cniCommands)[number];

/** What the environment says about one interface of one container. */
export interface Attachment {
  readonly containerId: string;
  /** Path of the network namespace; "" where a DEL comes after it is gone. */
  readonly netns: string;
  /** Where the agent finds that namespace for the time of the call; undefined where it can open `netns` itself. */
  readonly lentNetns?: string | undefined;
  readonly ifname: string;
  /** CNI_ARGS, key to value; kubelet sends K8S_POD_NAME, K8S_POD_NAMESPACE and more. */
  readonly args: Readonly<Record<string, string>>;
}

/** Reads one environment variable; "" and undefined mean that it is not set. */
export type GetEnv = (name: string) => string | undefined;

/** CNI_COMMAND, which says what the other variables must be. */
export function parseCommand(getenv: GetEnv): CniParsed<CniCommand> {
  const text = getenv("CNI_COMMAND") ?? "";
  const command = cniCommands.find((known) => known === text);
  return command
    ? { value: command }
    : wrong("CNI_COMMAND", text, `one of ${cniCommands.join(", ")}`);
}

/** The variables of ADD, DEL and CHECK (CNI specification, "Parameters"). DEL may lack CNI_NETNS. */
export function parseAttachment(
  command: "ADD" | "DEL" | "CHECK",
  getenv: GetEnv,
): CniParsed<Attachment> {
  const containerId = getenv("CNI_CONTAINERID") ?? "";
  const netns = getenv("CNI_NETNS") ?? "";
  const ifname = getenv("CNI_IFNAME") ?? "";
  return checkAttachment(command, {
    containerId,
    netns,
    ifname,
    args: parseCniArgs(getenv("CNI_ARGS") ?? ""),
  });
}

/** The rules for names. They also keep a name from being a path: the plugin makes file names of them. */
export function checkAttachment(
  command: "ADD" | "DEL" | "CHECK",
  attachment: Attachment,
): CniParsed<Attachment> {
  const { containerId, netns, ifname } = attachment;
  if (!CONTAINER_ID.test(containerId) || containerId.length > MAX_CONTAINER_ID) {
    return wrong(
      "CNI_CONTAINERID",
      containerId,
      `at most ${MAX_CONTAINER_ID} characters, a letter or digit and then those, "_", "." or "-"`,
    );
  }
  if (!isInterfaceName(ifname)) {
    return wrong(
      "CNI_IFNAME",
      ifname,
      'the name of a Linux interface: 1 to 15 characters without "/", ":" and white space, not "." or ".."',
    );
  }
  const mayLackNetns = command === "DEL" && netns === "";
  if (!mayLackNetns && !isAbsolutePath(netns)) {
    return wrong("CNI_NETNS", netns, "the absolute path of a network namespace");
  }
  return { value: attachment };
}

/** "A=1;B=2" as an object. A part without "=" stands for itself with an empty value; the last of two wins. */
export function parseCniArgs(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(";")
    .filter((part) => part.trim() !== "")
    .map((part): [string, string] => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [part.trim(), ""]
        : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    });
  return Object.fromEntries(pairs);
}

/** The Pod that kubelet names in CNI_ARGS; undefined if the runtime is used without Kubernetes. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

export function podOf({ args }: Attachment): PodName | undefined {
  const name = args["K8S_POD_NAME"];
  const namespace = args["K8S_POD_NAMESPACE"];
  const uid = args["K8S_POD_UID"];
  if (!name || !namespace) return undefined;
  return uid ? { namespace, name, uid } : { namespace, name };
}

const CONTAINER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** With the interface's 15 and ".json" it must fit into a file name of 255 bytes. */
const MAX_CONTAINER_ID = 200;

function isInterfaceName(name: string): boolean {
  return /^[^/:\s\0]{1,15}$/.test(name) && utf8Size(name) <= 15 && name !== "." && name !== "..";
}

/** Linux counts an interface name in bytes. */
function utf8Size(text: string): number {
  const wellFormed = text.replace(/[\ud800-\udfff]/gu, "\ufffd"); // half a pair has no bytes
  return encodeURIComponent(wellFormed).replace(/%[0-9A-F]{2}/g, "x").length;
}

function isAbsolutePath(path: string): boolean {
  return path.startsWith("/") && path.length < 4096 && !path.includes("\0");
}

function wrong(name: string, seen: string, wanted: string): CniParsed<never> {
  const is = seen === "" ? "is not set" : `is ${JSON.stringify(seen.slice(0, 80))}`;
  return { error: cniError("invalidEnvironment", `${name} ${is}, but must be ${wanted}.`) };
}
