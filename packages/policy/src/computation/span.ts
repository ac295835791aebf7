/** Nodes that need something, each with the number of its reasons; and what changed since the last event was over. */
export class Span {
  readonly #reasons = new Map<string, number>();
  /** Of Nodes that came or went in this event: whether they were there before it. */
  #before: Map<string, boolean> | undefined;
  /** Told as a whole when its first event is over: until then nothing needs to be remembered. */
  #isNew = true;

  /** True where it is the Node's first reason. */
  add(node: string): boolean {
    const reasons = this.#reasons.get(node) ?? 0;
    if (reasons === 0) this.#remember(node, false);
    this.#reasons.set(node, reasons + 1);
    return reasons === 0;
  }

  /** True where it was the Node's last reason. */
  delete(node: string): boolean {
    const reasons = this.#reasons.get(node) ?? 0;
    if (reasons > 1) {
      this.#reasons.set(node, reasons - 1);
      return false;
    }
    this.#reasons.delete(node);
    this.#remember(node, true);
    return true;
  }

  clear(): void {
    for (const node of this.#reasons.keys()) this.#remember(node, true);
    this.#reasons.clear();
  }

  has(node: string): boolean {
    return this.#reasons.has(node);
  }

  nodes(): Iterable<string> {
    return this.#reasons.keys();
  }

  get size(): number {
    return this.#reasons.size;
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
