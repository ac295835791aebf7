import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { familyOf } from "@antrea/net";
import type { TunnelProbe } from "../tunnel-probe.ts";

/** When a probe is sent anew that nothing has come back of, and how long it is waited for in all, in milliseconds. */
const againMs = [0, 200, 500];
const withinMs = 1_000;
/** How many are on their way at once: each has a socket. */
const mostAtOnce = 256;

/** Sends all probes, and gives those that something came back of. */
export async function probeTunnels<P extends TunnelProbe>(
  probes: readonly P[],
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlySet<P>> {
  const reached = new Set<P>();
  for (let at = 0; at < probes.length; at += mostAtOnce) {
    const some = probes.slice(at, at + mostAtOnce);
    await Promise.all(some.map(async (one) => (await arrives(one, signal)) && reached.add(one)));
  }
  return reached;
}

/**
 * Whether a datagram arrives: its port is one that nobody listens on yet, so the kernel over there refuses
 * it (ICMP port unreachable), which ours tells as ECONNREFUSED.
 */
async function arrives(
  { source, destination, port, payload }: TunnelProbe,
  signal: AbortSignal,
): Promise<boolean> {
  const socket = createSocket(familyOf(destination) === "ipv4" ? "udp4" : "udp6");
  const { promise: heard, resolve } = Promise.withResolvers<boolean>();
  socket.on("message", () => resolve(true));
  socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  const end = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  end.addEventListener("abort", () => resolve(false), { once: true });
  if (end.aborted) resolve(false);
  socket.bind({ address: source }, () => {
    socket.connect(port, destination, () => void sendAgain(socket, payload, end));
  });
  return heard.finally(() => socket.close());
}

async function sendAgain(
  socket: ReturnType<typeof createSocket>,
  payload: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  let sentAt = 0;
  for (const at of againMs) {
    await sleep(at - sentAt, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      socket.send(payload, () => {}); // what is refused is told as an error of the socket
    } catch {
      return; // closed: it is known already
    }
    sentAt = at;
  }
}
