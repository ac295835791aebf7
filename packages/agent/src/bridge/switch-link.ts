import {
  type BackOff,
  type Clock,
  errorText,
  type KeyedChange,
  type Logger,
  type Service,
  taskGroup,
} from "@antrea/base";
import type { Message, PacketIn, PacketOut } from "@antrea/openflow";
import type { Flow } from "@antrea/openflow/flow";
import type { FlowSwitch } from "./flow-realizer.ts";
import type { PodConnections } from "./pod-connections.ts";

/** A flow of the switch with its counters. */
export interface CountedFlow {
  readonly flow: Flow;
  readonly packets: number;
  readonly bytes: number;
}

/** One connection to the switch, for as long as it lasts. */
export interface SwitchConnection extends FlowSwitch {
  /** Of one table, where one is given. */
  dumpCounted(options: {
    readonly table?: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly CountedFlow[]>;
  /** How many flows each table has that has any. */
  countFlows(options: {
    readonly signal?: AbortSignal | undefined;
  }): Promise<ReadonlyMap<number, number>>;
  /** How many packets each meter has dropped. */
  countMeterDrops(options: {
    readonly signal?: AbortSignal | undefined;
  }): Promise<ReadonlyMap<number, number>>;
  dumpGroups(options: { readonly signal?: AbortSignal | undefined }): Promise<readonly string[]>;
  readonly forgetConnections: PodConnections["forget"];
  /** In their order; resolves when the switch has done all of it. */
  sendAll(
    messages: readonly Message[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  packetOut(packet: Omit<PacketOut, "kind">): void;
  /** Hears of packets that flows send to the agent; gives back how to stop listening. */
  onPacketIn(listener: (packet: PacketIn) => void): () => void;
  /** Resolves with why it ended. */
  readonly closed: Promise<string>;
  close(): void;
}

/** The bridge's OpenFlow session, held open: comes back by itself, and says so. */
export interface SwitchLink extends Service, FlowSwitch {
  readonly isConnected: boolean;
  /** Connected, and what a reconnection asks for is done. */
  readonly isSettled: boolean;
  /** Waits for a connection if there is none. */
  connection(options: { readonly signal?: AbortSignal | undefined }): Promise<SwitchConnection>;
}

export interface SwitchLinkOptions {
  readonly connect: (signal: AbortSignal) => Promise<SwitchConnection>;
  /** Called after each reconnection: the switch may have been emptied. */
  readonly onReconnected: (signal: AbortSignal) => Promise<void>;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

export function switchLink({
  connect,
  onReconnected,
  backOff,
  clock,
  log,
}: SwitchLinkOptions): SwitchLink {
  const tasks = taskGroup();
  let current: SwitchConnection | undefined;
  let ready = Promise.withResolvers<SwitchConnection>();
  let connections = 0;
  let isSettled = false;

  async function serve(signal: AbortSignal): Promise<void> {
    const connection = await connect(signal);
    signal.addEventListener("abort", () => connection.close(), { once: true });
    current = connection;
    ready.resolve(connection);
    connections++;
    if (connections > 1) {
      log.info("Connected to the switch again, comparing its flows");
      await onReconnected(signal).catch((error: unknown) =>
        log.error("Could not restore flows", { err: error }),
      );
    }
    isSettled = true;
    const reason = await connection.closed;
    isSettled = false;
    current = undefined;
    ready = Promise.withResolvers();
    if (!signal.aborted) log.warn("Lost the switch, will reconnect", { err: reason });
  }

  async function run(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      const started = clock.now();
      try {
        await serve(signal);
      } catch (error) {
        if (signal.aborted) return;
        log.debug("Could not connect to the switch", { err: errorText(error), attempt });
      }
      attempt = clock.now() - started > 10_000 ? 1 : attempt + 1;
      await clock.sleep(backOff.delayMs(attempt), { signal });
    }
  }

  const connection: SwitchLink["connection"] = async ({ signal }) => {
    if (current) return current;
    const stop = signal ? AbortSignal.any([signal, tasks.signal]) : tasks.signal;
    return Promise.race([ready.promise, rejectOnAbort(stop)]);
  };

  return {
    name: "OpenFlow session",
    get isConnected() {
      return current !== undefined;
    },
    get isSettled() {
      return isSettled;
    },
    connection,
    async dumpFlows(options) {
      return (await connection(options)).dumpFlows(options);
    },
    async applyFlows(change: KeyedChange<string, Flow>) {
      return (await connection({ signal: AbortSignal.timeout(20_000) })).applyFlows(change);
    },
    async start(signal) {
      tasks.run("OpenFlow session", run);
      await connection({ signal });
    },
    stop: () => tasks.close(),
  };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
