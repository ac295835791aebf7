/** Nodes that need something, each with the number of its reasons; and what changed since the last event was over. */
export class Span {
  /** Most have one Node, as a policy for Pods of one Namespace: a map for each would be a third of all memory. */
  #only: string | undefined;
  #reasonsOfOnly = 0;
  /** Of all Nodes, once there have been two. */
  #reasons: Map<string, number> | undefined;
  /** Of Nodes that came or went in this event: whether they were there before it. */
  #before: Map<string, boolean> | undefined;
  /** Told as a whole when its first event is over: until then nothing needs to be remembered. */
  #isNew = true;

  /** True where it is the Node's first reason. */
  add(node: string): boolean {
    const reasons = this.#reasonsOf(node);
    if (reasons === 0) this.#remember(node, false);
    this.#set(node, reasons + 1);
    return reasons === 0;
  }

  /** True where it was the Node's last reason. */
  delete(node: string): boolean {
    const reasons = this.#reasonsOf(node);
    this.#set(node, Math.max(0, reasons - 1));
    if (reasons > 1) return false;
    this.#remember(node, true);
    return true;
  }

  clear(): void {
    for (const node of this.nodes()) this.#remember(node, true);
    this.#only = undefined;
    this.#reasons = undefined;
  }

  has(node: string): boolean {
    return this.#reasons ? this.#reasons.has(node) : this.#only === node;
  }

  nodes(): Iterable<string> {
    if (this.#reasons) return this.#reasons.keys();
    return this.#only === undefined ? [] : [this.#only];
  }

  get size(): number {
    return this.#reasons ? this.#reasons.size : Number(this.#only !== undefined);
  }

  #reasonsOf(node: string): number {
    if (this.#reasons) return this.#reasons.get(node) ?? 0;
    return this.#only === node ? this.#reasonsOfOnly : 0;
  }

  #set(node: string, reasons: number): void {
    if (!this.#reasons && (this.#only ?? node) === node) {
      this.#only = reasons > 0 ? node : undefined;
      this.#reasonsOfOnly = reasons;
      return;
    }
    this.#reasons ??= new Map([[this.#only as string, this.#reasonsOfOnly]]);
    if (reasons > 0) this.#reasons.set(node, reasons);
    else this.#reasons.delete(node);
  }

  /** Whether the Node was in it before this event. */
  had(node: string): boolean {
    return !this.#isNew && (this.#before?.get(node) ?? this.has(node));
  }

  /** Ends the event. */
  settle(): SpanChange {
    const touched = this.#isNew ? this.nodes() : (this.#before?.keys() ?? []);
    const joined: string[] = [];
    const left: string[] = [];
    for (const node of touched) {
      const had = this.had(node);
      if (this.has(node)) {
        if (!had) joined.push(node);
      } else if (had) left.push(node);
    }
    this.#isNew = false;
    this.#before = undefined;
    return { joined, left };
  }

  #remember(node: string, was: boolean): void {
    if (this.#isNew) return;
    this.#before ??= new Map();
    if (!this.#before.has(node)) this.#before.set(node, was);
  }
}

export interface SpanChange {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}
