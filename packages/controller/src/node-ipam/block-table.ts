import { invariant } from "@antrea/base";
import {
  addressBits,
  type Cidr,
  cidrAddress,
  cidrContains,
  cidrFamily,
  cidrOf,
  cidrSize,
  cidrsOverlap,
  ipToBigInt,
  nthAddress,
  prefixLengthOf,
} from "@antrea/net";

/** A network that is cut into blocks of one size. */
export interface Pool {
  readonly network: Cidr;
  /** Of each block. */
  readonly prefixLength: number;
  /** Parts of the network that no block may touch, such as the Service network. */
  readonly reserved: readonly Cidr[];
}

/**
 * Which blocks of a pool are taken, and by how many: a Node and its claim both take the same block,
 * and what others set may be larger or smaller than a block, or lie outside.
 */
export interface BlockTable {
  readonly pool: Pool;
  /** All blocks, taken or not. */
  readonly size: number;
  readonly freeCount: number;
  take(cidr: Cidr): void;
  /** Undoes one `take` of the same network. */
  free(cidr: Cidr): void;
  /** The free block with the lowest address that is not one of `except`. */
  firstFree(except?: ReadonlySet<Cidr>): Cidr | undefined;
}

/** More blocks than any cluster has Nodes; the configuration refuses more. */
const MOST_BLOCKS = 65_536;

export function blockTable(pool: Pool): BlockTable {
  const { network, prefixLength, reserved } = pool;
  const size = 2 ** (prefixLength - prefixLengthOf(network));
  invariant(size >= 1 && size <= MOST_BLOCKS, `${network} has 1 to ${MOST_BLOCKS} blocks`);
  const takers = new Uint32Array(size);
  let lowest = 0; // no block below it is free
  let freeCount = size;

  const change = (cidr: Cidr, by: 1 | -1): void => {
    for (const index of blocksOf(pool, cidr)) {
      const before = takers[index] ?? 0;
      invariant(before + by >= 0, `${cidr} is freed once for each time that it was taken`);
      takers[index] = before + by;
      if (before === 0) freeCount -= 1;
      if (before + by === 0) {
        freeCount += 1;
        lowest = Math.min(lowest, index);
      }
    }
  };
  for (const cidr of reserved) change(cidr, 1);

  return {
    pool,
    size,
    get freeCount() {
      return freeCount;
    },
    take: (cidr) => change(cidr, 1),
    free: (cidr) => change(cidr, -1),
    firstFree(except) {
      while (lowest < size && takers[lowest] !== 0) lowest += 1;
      for (let index = lowest; index < size; index++) {
        const block = takers[index] === 0 ? blockAt(pool, index) : undefined;
        if (block && !except?.has(block)) return block;
      }
      return undefined;
    },
  };
}

/** Whether `cidr` is one whole block of the pool. */
export function isBlockOf({ network, prefixLength }: Pool, cidr: Cidr): boolean {
  return prefixLengthOf(cidr) === prefixLength && cidrContains(network, cidrAddress(cidr));
}

function blockAt({ network, prefixLength }: Pool, index: number): Cidr {
  const blockBits = addressBits[cidrFamily(network)] - prefixLength;
  return cidrOf(nthAddress(network, BigInt(index) << BigInt(blockBits)), prefixLength);
}

/** The indexes of all blocks that `cidr` touches. */
function* blocksOf({ network, prefixLength }: Pool, cidr: Cidr): Generator<number> {
  if (!cidrsOverlap(network, cidr)) return;
  const blockBits = BigInt(addressBits[cidrFamily(network)] - prefixLength);
  const base = ipToBigInt(cidrAddress(network));
  const inside = prefixLengthOf(cidr) < prefixLengthOf(network) ? network : cidr;
  const start = ipToBigInt(cidrAddress(inside)) - base;
  const first = Number(start >> blockBits);
  const last = Number((start + cidrSize(inside) - 1n) >> blockBits);
  for (let index = first; index <= last; index++) yield index;
}
