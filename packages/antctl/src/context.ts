import type { AgentInfo, ControllerInfo, ModeChange } from "@antrea/api";
import type { LocalTransport } from "@antrea/api/local-api";
import { type Args, commandsFor, type Invocation } from "@antrea/command";
import type { StreamName, StreamObject } from "@antrea/policy/controlplane";
import type { ClusterPart } from "@antrea/policy/reference";
import type { Place } from "./place.ts";

export type Wait = { readonly signal: AbortSignal };
/** Of a command that looks until something is so. */
export type Waiting = Pick<Invocation<Args, Args>, "waitsFor">;

/** What the Kubernetes API says that commands need. */
export interface Cluster {
  /** The server's URL, for sentences. */
  readonly server: string;
  agentInfos(options: Wait): Promise<readonly NamedAgentInfo[]>;
  controllerInfo(options: Wait): Promise<ControllerInfo | undefined>;
  /** The change of traffic mode that is led, or the last one; undefined before the first. */
  modeChange(options: Wait): Promise<ModeChange | undefined>;
  /** `antrea-agent.conf` as the ConfigMap has it. */
  agentConfig(options: Wait): Promise<string>;
  /** Writes it, unless somebody else has done so since it was read as `before`. */
  setAgentConfig(text: string, options: Wait & { readonly before: string }): Promise<void>;
  nodes(options: Wait): Promise<readonly ClusterNode[]>;
  findPod(namespace: string, name: string, options: Wait): Promise<PodPlace | undefined>;
  /** All objects of a kind that policies depend on; none where the server has no such kind. */
  objects(part: ClusterPart, options: Wait): Promise<readonly unknown[]>;
  /** One of them; undefined where there is none. */
  object(
    part: ClusterPart,
    name: { readonly namespace?: string | undefined; readonly name: string },
    options: Wait,
  ): Promise<unknown>;
  /** All that the controller has computed, as the aggregated API tells it. */
  computed<K extends StreamName>(stream: K, options: Wait): Promise<readonly StreamObject[K][]>;
  /** Carries a request to the agent of a Node, by exec into its Pod. */
  toAgent(node: string): LocalTransport;
  toController(): LocalTransport;
}

export interface NamedAgentInfo extends AgentInfo {
  readonly name: string;
}

export interface ClusterNode {
  readonly name: string;
  readonly providerID: string | undefined;
}

export interface PodPlace {
  readonly node: string | undefined;
  /** One of each IP family that it has, the cluster's primary first. */
  readonly ips: readonly string[];
}

/** What every command is given beside its arguments. */
export interface AntctlContext {
  readonly place: Place;
  /** Carries a request to the program of this Pod. */
  readonly local: LocalTransport;
  /** Reaches the cluster; the first call finds out which one. */
  cluster(): Promise<Cluster>;
  /** Rejects with a sentence where there is no such file. */
  readFile(path: string): Promise<string>;
  sleep(ms: number, options: Wait): Promise<void>;
}

export const defineCommand = commandsFor<AntctlContext>();
