import type { LabPlan, NodePlan } from "../plan/lab-plan.ts";

/** Where the walk-through keeps its Pods. */
export const walkNamespace = "walk";
/** The image of the guide's first Pods; in a lab it also has ping and iperf3. */
export const walkImage = "nginx:1.21";

export interface WalkPod {
  readonly name: string;
  readonly node: string;
}

export interface WalkPair {
  readonly from: WalkPod;
  readonly to: WalkPod;
  readonly distance: "same Node" | "same subnet" | "other subnet";
}

/** One Pod a Node, and one more on the first, so that a pair on one Node exists: pod-a, pod-b, … */
export function walkPods(plan: LabPlan): readonly WalkPod[] {
  const nodes = [plan.nodes[0], ...plan.nodes].flatMap((node) => node ?? []);
  return nodes.map((node, i) => ({ name: `pod-${letters(i)}`, node: node.name }));
}

/** Above this many Pods each is paired with the first only, so that the walk stays short. */
const everyPairUpTo = 5;

/** Pairs of Pods: one on the first Node, and each two Nodes once. */
export function walkPairs(plan: LabPlan, pods: readonly WalkPod[]): readonly WalkPair[] {
  const [first, ...others] = pods;
  if (!first) return [];
  const firsts = pods.length <= everyPairUpTo ? others : others.slice(0, 1);
  const across = firsts.flatMap((from) =>
    others
      .slice(others.indexOf(from) + 1)
      .map((to): WalkPair => ({ from, to, distance: distance(plan, from, to) })),
  );
  const local = others
    .slice(0, 1)
    .map((to): WalkPair => ({ from: first, to, distance: "same Node" }));
  return [...local, ...across];
}

function distance(plan: LabPlan, from: WalkPod, to: WalkPod): WalkPair["distance"] {
  const node = (pod: WalkPod): NodePlan | undefined => plan.nodes.find((n) => n.name === pod.node);
  if (from.node === to.node) return "same Node";
  return node(from)?.subnet === node(to)?.subnet ? "same subnet" : "other subnet";
}

/** a, b, … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** The objects to apply. */
export function walkObjects(pods: readonly WalkPod[]): readonly object[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: walkNamespace } },
    ...pods.map(({ name, node }) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: walkNamespace, labels: { app: name } },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 0,
        containers: [{ name, image: walkImage, imagePullPolicy: "IfNotPresent" }],
      },
    })),
  ];
}
