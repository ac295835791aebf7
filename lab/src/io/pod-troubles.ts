import type { ApiClient } from "./api-client.ts";

/** A Pod that is not ready, and what Kubernetes says of it. */
export interface PodTrouble {
  readonly pod: string;
  readonly node: string | undefined;
  /** Newest last. */
  readonly reasons: readonly string[];
}

interface PodObject {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}
interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: { readonly waiting?: Ending; readonly terminated?: Ending };
  readonly lastState?: { readonly terminated?: Ending };
}
interface Ending {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
}
interface EventObject {
  readonly type?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** Why Pods of a namespace are not ready: states of their containers, and their last warning. */
export async function podTroubles(
  api: ApiClient,
  namespace: string,
): Promise<readonly PodTrouble[]> {
  const path = `/api/v1/namespaces/${namespace}`;
  const pods = await api.get<{ items: readonly PodObject[] }>(`${path}/pods`);
  const events = await api.get<{ items: readonly EventObject[] }>(`${path}/events?limit=1000`);
  return (pods?.items ?? [])
    .filter((pod) => !isReady(pod))
    .map((pod) => ({
      pod: pod.metadata.name,
      node: pod.spec?.nodeName,
      reasons: [...containerReasons(pod), ...lastWarning(events?.items ?? [], pod.metadata.name)],
    }));
}

/** A line for each Pod and each reason, indented. */
export function formatPodTroubles(troubles: readonly PodTrouble[]): string {
  return troubles
    .flatMap(({ pod, node, reasons }) => [
      `  ${pod}${node ? ` on ${node}` : ""} is not ready`,
      ...reasons.map((reason) => `    ${reason}`),
    ])
    .join("\n");
}

function isReady({ status }: PodObject): boolean {
  return (
    status?.phase === "Succeeded" ||
    (status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false)
  );
}

function containerReasons({ status }: PodObject): readonly string[] {
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const unscheduled = status?.conditions?.find((c) => c.type === "PodScheduled")?.message;
  return [
    ...(unscheduled ? [unscheduled] : []),
    ...containers
      .filter(({ ready, state }) => !ready && state?.terminated?.exitCode !== 0)
      .flatMap(({ name, state, lastState }) =>
        [state?.waiting, state?.terminated, lastState?.terminated].flatMap((ending) =>
          ending ? [`container ${name}: ${formatEnding(ending)}`] : [],
        ),
      ),
  ];
}

function formatEnding({ reason = "ended", message, exitCode }: Ending): string {
  const code = exitCode === undefined ? "" : ` with code ${exitCode}`;
  return `${reason}${code}${message ? `: ${message.trim().split("\n").at(-1)}` : ""}`;
}

function lastWarning(events: readonly EventObject[], pod: string): readonly string[] {
  const warnings = events
    .filter((e) => e.type === "Warning" && e.involvedObject?.name === pod)
    .toSorted((a, b) => (a.lastTimestamp ?? "").localeCompare(b.lastTimestamp ?? ""));
  const message = warnings.at(-1)?.message;
  return message ? [message] : [];
}
