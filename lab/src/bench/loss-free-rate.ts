/** What came of offering packets at some rate. */
export interface Trial {
  /** Packets a second that were really sent: a sender has its limits too. */
  readonly sentRate: number;
  /** Share of the packets sent that did not arrive, 0 to 1. */
  readonly loss: number;
}

export interface LossFreeSearch {
  /** Of the first trial, in packets a second. */
  readonly firstRate: number;
  /** A trial that loses more than this share has failed. */
  readonly lossBound: number;
  /** How often a rate is tried before it has failed: on a shared machine a moment without a processor loses packets too. */
  readonly attempts: number;
  /** How often the rate is doubled or halved at most, and then the interval halved. */
  readonly strides: number;
  readonly halvings: number;
}

/** Sent less than this share of what was asked for: the sender cannot do more. */
const senderLimit = 0.9;

/**
 * The highest rate at which at most `lossBound` is lost, in packets a second as sent: from a first
 * guess by doubling or halving to a rate that passes below one that fails, then by bisection (RFC 2544
 * section 26.1 leaves the search open). Throws where nothing passes.
 */
export async function lossFreeRate(
  trial: (rate: number) => Promise<Trial>,
  search: LossFreeSearch,
): Promise<number> {
  const passes = async (rate: number): Promise<Trial | undefined> => {
    for (let i = 0; i < search.attempts; i++) {
      const outcome = await trial(rate);
      if (outcome.loss <= search.lossBound) return outcome;
    }
    return undefined;
  };
  let [low, best] = [0, 0];
  let high = Number.POSITIVE_INFINITY;
  let rate = search.firstRate;
  for (let i = 0; i < search.strides && !(low > 0 && Number.isFinite(high)); i++) {
    const passed = await passes(rate);
    if (passed && passed.sentRate < senderLimit * rate) return passed.sentRate;
    if (passed) [low, best] = [rate, passed.sentRate];
    else high = rate;
    rate = passed ? 2 * rate : rate / 2;
  }
  if (best === 0) throw new Error(`packets were lost even at ${Math.ceil(high)} a second`);
  for (let i = 0; i < search.halvings && Number.isFinite(high); i++) {
    const middle = Math.sqrt(low * high);
    const passed = await passes(middle);
    if (passed) [low, best] = [middle, passed.sentRate];
    else high = middle;
  }
  return best;
}
