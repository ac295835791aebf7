import type { PodReceipt } from "../model.ts";
import type { PodState } from "./pod-state.ts";

/** The Pods that have a receipt, by UID. */
export class Receipts {
  readonly #pods = new Map<string, PodState>();
  /** The Nodes that had one before this event. */
  readonly #before = new Map<string, string | undefined>();

  names(): Iterable<string> {
    return this.#pods.keys();
  }

  node(uid: string): string | undefined {
    return this.#pods.get(uid)?.standing.host;
  }

  get(uid: string): PodReceipt | undefined {
    const pod = this.#pods.get(uid)?.standing.own?.pod;
    return pod && { uid, pod };
  }

  has(pod: PodState): boolean {
    return this.#pods.get(pod.uid) === pod;
  }

  take(pod: PodState): void {
    if (!this.has(pod)) return;
    this.#remember(pod.uid);
    this.#pods.delete(pod.uid);
  }

  /** A UID that another Pod has stays that one's: nobody gets a receipt by a false claim. */
  give(pod: PodState): void {
    if (pod.standing.host === undefined || this.#pods.has(pod.uid)) return;
    this.#remember(pod.uid);
    this.#pods.set(pod.uid, pod);
  }

  /** Ends the event. */
  settle(): readonly ReceiptChange[] {
    const changes: ReceiptChange[] = [];
    for (const [uid, left] of this.#before) {
      const joined = this.node(uid);
      if (joined !== left) changes.push({ uid, joined, left });
    }
    this.#before.clear();
    return changes;
  }

  #remember(uid: string): void {
    if (!this.#before.has(uid)) this.#before.set(uid, this.node(uid));
  }
}

export interface ReceiptChange {
  readonly uid: string;
  readonly joined: string | undefined;
  readonly left: string | undefined;
}
