/**
 * A cookie says which feature asked for a flow, and which of its objects:
 *
 *     63        48 47      40 39      32 31             0
 *     | reserved   | category | reserved | owner        |
 *
 * The category and the owner lie where Antrea has them. The owner is a hash of its key, so that a
 * restarted agent computes the same cookie and whoever knows the keys can tell whose flow it is.
 */
export const cookieCategories = {
  Default: 0,
  PodConnectivity: 1,
  NetworkPolicy: 2,
  Service: 3,
  Egress: 4,
} as const;
export type CookieCategory = keyof typeof cookieCategories;

/** Who asked for a flow: `node`, `pod:shop/cart-0`, `peer:node-2`. */
export type FlowOwner = string;

export function cookieOf(category: CookieCategory, owner: FlowOwner): bigint {
  return (BigInt(cookieCategories[category]) << 40n) | BigInt(ownerHash(owner));
}

export function cookieCategory(cookie: bigint): CookieCategory | undefined {
  const number = Number((cookie >> 40n) & 0xffn);
  return (Object.keys(cookieCategories) as CookieCategory[]).find(
    (name) => cookieCategories[name] === number,
  );
}

/** The 32 bits of a cookie that stand for its owner. */
export function cookieOwnerHash(cookie: bigint): number {
  return Number(cookie & 0xffffffffn);
}

/**
 * Whether a flow with this cookie is one that we made, now or before a restart: the reserved bits are
 * zero, the category is known, and what belongs to no object belongs to the Node. Flows that people
 * or other programs add, as with `ovs-ofctl` and its cookie 0, are theirs.
 */
export function isOwnCookie(cookie: bigint): boolean {
  const above = cookie >> 32n;
  return above === 0n ? cookie === nodeCookie : ownCategories.has(above);
}

/** The owner of the flows that a Node has without any Pod or peer. */
export const nodeOwner = "node";

/** FNV-1a, 32 bits: no secret, only a short name. */
export function ownerHash(owner: FlowOwner): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(owner))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** What stands above the owner in cookies of ours: asked of every flow of a dump, so it is worked out once. */
const ownCategories: ReadonlySet<bigint> = new Set(
  Object.values(cookieCategories).map((number) => BigInt(number) << 8n),
);
const nodeCookie = cookieOf("Default", nodeOwner);
