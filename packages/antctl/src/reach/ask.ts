import {
  type AgentApi,
  type AnyEndpoint,
  type BodyOf,
  type ControllerApi,
  callLocalApi,
  type LocalTransport,
  type QueryOf,
  type ResponseOf,
} from "@antrea/api/local-api";
import { errorText, isAbort } from "@antrea/base";
import { CommandFailure, UsageError } from "@antrea/command";
import type { AntctlContext, Wait } from "../context.ts";

type Ask<E extends AnyEndpoint> = { readonly query?: QueryOf<E>; readonly body?: BodyOf<E> };

/** What one agent answered. `node` is undefined in the agent's own Pod, where there is only one. */
export interface Answer<T> {
  readonly node: string | undefined;
  readonly value: T;
}

export interface Failure {
  readonly node: string;
  readonly sentence: string;
}

/** The answers of all agents that were asked, and why others gave none. */
export interface Answers<T> {
  readonly answers: readonly Answer<T>[];
  readonly failures: readonly Failure[];
}

/** Agents that are asked at the same time: each is an exec, which costs a process on its Node. */
const atOnce = 16;

/**
 * Asks the agent of this Pod, or from outside that of `node`, or without one those of all Nodes. Fails
 * if nobody answered.
 */
export async function askAgents<E extends AgentApi[keyof AgentApi]>(
  context: AntctlContext,
  endpoint: E,
  options: Wait & { readonly node?: string | undefined } & Ask<E>,
): Promise<Answers<ResponseOf<E>>> {
  const { node, signal } = options;
  if (context.place === "agent") {
    if (node !== undefined) throw new UsageError(onlyThisNode);
    const value = await ask(endpoint, options, context.local);
    return { answers: [{ node: undefined, value }], failures: [] };
  }
  refuseIn("controller", context);
  const names = node === undefined ? await nodeNames(context, { signal }) : [node];
  const asked = new Map(names.map((name) => [name, options]));
  const { answers, failures } = await askEach(context, endpoint, asked, { signal });
  const [first] = failures;
  if (answers.length === 0 && first) throw new CommandFailure(nobodyAnswered(failures));
  return { answers, failures };
}

/** Asks the agents of these Nodes, each for something of its own, from outside. */
export async function askEach<E extends AgentApi[keyof AgentApi]>(
  context: AntctlContext,
  endpoint: E,
  asked: ReadonlyMap<string, Ask<E>>,
  { signal }: Wait,
): Promise<Answers<ResponseOf<E>>> {
  const cluster = await context.cluster();
  const outcomes = await mapBounded([...asked], atOnce, async ([name, one]) => {
    try {
      const value = await ask(endpoint, { ...one, signal }, cluster.toAgent(name));
      return { answer: { node: name, value } };
    } catch (error) {
      if (signal.aborted && isAbort(error)) throw error;
      return { failure: { node: name, sentence: errorText(error) } };
    }
  });
  const answers = outcomes.flatMap(({ answer }) => answer ?? []);
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  return { answers, failures };
}

/** Asks one agent: that of this Pod, or from outside that of the Node given. */
export async function askAgent<E extends AgentApi[keyof AgentApi]>(
  context: AntctlContext,
  endpoint: E,
  options: Wait & { readonly node?: string | undefined } & Ask<E>,
): Promise<ResponseOf<E>> {
  if (context.place !== "agent" && options.node === undefined) {
    throw new UsageError("Say which Node is meant: --node NAME.");
  }
  const { answers } = await askAgents(context, endpoint, options);
  const [answer] = answers;
  if (!answer) throw new CommandFailure("The agent gave no answer.");
  return answer.value;
}

/** Asks the controller, in its own Pod or from outside. */
export async function askController<E extends ControllerApi[keyof ControllerApi]>(
  context: AntctlContext,
  endpoint: E,
  options: Wait & Ask<E>,
): Promise<ResponseOf<E>> {
  if (context.place === "controller") return ask(endpoint, options, context.local);
  refuseIn("agent", context);
  return ask(endpoint, options, (await context.cluster()).toController());
}

/** Neither program may look into the other's Pods, and so neither may antctl beside it. */
export function refuseIn(place: "agent" | "controller", context: AntctlContext): void {
  if (context.place !== place) return;
  const [here, there] =
    place === "agent" ? ["an agent's", "the controller"] : ["the controller's", "agents"];
  throw new CommandFailure(
    `In ${here} Pod antctl cannot ask ${there}: it has the Pod's own rights. Run it on a machine with a kubeconfig, or in the Pod of what is asked.`,
  );
}

/** The Nodes of the cluster, in the order of their names. */
export async function nodeNames(context: AntctlContext, options: Wait): Promise<readonly string[]> {
  const cluster = await context.cluster();
  const names = (await cluster.nodes(options)).map(({ name }) => name).toSorted();
  if (names.length === 0)
    throw new CommandFailure(`The cluster at ${cluster.server} has no Nodes.`);
  return names;
}

/** Tells on standard error which Nodes gave no answer. */
export function failureLines(failures: readonly Failure[]): string {
  return failures.map(({ node, sentence }) => `antctl: ${node}: ${sentence}\n`).join("");
}

function ask<E extends AnyEndpoint>(
  endpoint: E,
  { query, body, signal }: Wait & Ask<E>,
  transport: LocalTransport,
): Promise<ResponseOf<E>> {
  return callLocalApi(endpoint, { query, body }, transport, { signal }) as Promise<ResponseOf<E>>;
}

const onlyThisNode =
  "In an agent's Pod antctl sees its own Node only. Leave --node out, or run antctl with a kubeconfig.";

/** One sentence if it is the same for all, else that of each Node. */
function nobodyAnswered(failures: readonly Failure[]): string {
  const sentences = new Set(failures.map(({ sentence }) => sentence));
  const [only] = sentences;
  if (sentences.size === 1 && only !== undefined && failures.length > 1) {
    return `No agent of ${failures.length} Nodes answered: ${only}`;
  }
  return failures.map(({ node, sentence }) => `${node}: ${sentence}`).join("\n");
}

/** `work` on each item, at most `limit` at a time, results in the order of the items. */
async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
