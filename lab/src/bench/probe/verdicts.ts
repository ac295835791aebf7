/** Whether new connections come through. */
export type Passage = "passing" | "blocked";

/** One packet that began a connection of its own, by the monotonic clock, in nanoseconds. */
export interface Probe {
  sentNs: bigint;
  isAnswered: boolean;
}

/** So many in a row without an answer are no accident. */
const lostInARow = 5;

/**
 * When the passage became so: the moment at which the first packet was sent that fared so. Undefined
 * while that is open. A probe that is younger than `patienceNs` may still be answered.
 */
export function becameSo(
  wanted: Passage,
  probes: readonly Probe[],
  nowNs: bigint,
  patienceNs = 100_000_000n,
): bigint | undefined {
  if (wanted === "passing") return probes.find(({ isAnswered }) => isAnswered)?.sentNs;
  const settled = probes.filter(({ sentNs }) => nowNs - sentNs >= patienceNs);
  const lastAnswered = probes.findLastIndex(({ isAnswered }) => isAnswered);
  const lost = settled.slice(lastAnswered + 1);
  return lost.length >= lostInARow ? lost[0]?.sentNs : undefined;
}
