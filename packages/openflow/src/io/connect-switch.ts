import { type Clock, errorText, type Logger, type Metrics } from "@antrea/base";
import type { Features } from "../message/features.ts";
import type { FlowUpdate } from "../message/flow-monitor.ts";
import type { FlowRemoved } from "../message/flow-removed.ts";
import type { Message } from "../message/messages.ts";
import type { PacketIn } from "../message/packet-in.ts";
import type { PortStatus } from "../message/port.ts";
import { openflowMetrics as metric } from "../metrics.ts";
import { connectionOf, type SwitchConnection } from "../session/connection.ts";
import type { OpenFlowError } from "../session/failure.ts";
import { createListeners } from "../session/listeners.ts";
import { createSession } from "../session/session.ts";
import { joinSocket, openSocket } from "./socket.ts";

export interface ConnectOptions {
  /** The bridge's management socket, such as /var/run/openvswitch/br-int.mgmt. */
  readonly path: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Where `openflowMetrics` are defined. */
  readonly metrics?: Metrics | undefined;
  /** Bounds connecting, not the connection. */
  readonly signal: AbortSignal;
  /** Silence after which the switch is asked whether it is there; 10 s if absent. */
  readonly probeIntervalMs?: number;
  /** How long the switch may take for one answer; 30 s if absent. */
  readonly timeoutMs?: number;
}

/** Connects to a bridge and agrees on OpenFlow 1.5. Rejects if nobody listens or the switch cannot. */
export async function connectSwitch(options: ConnectOptions): Promise<SwitchConnection> {
  const { path, clock, metrics, signal } = options;
  const log = options.log.child("openflow");
  const complain = (err: unknown) => log.error("A listener failed", { err: errorText(err) });
  const packets = createListeners<PacketIn>(complain);
  const portEvents = createListeners<PortStatus>(complain);
  const removals = createListeners<FlowRemoved>(complain);
  const updates = createListeners<FlowUpdate>(complain);
  const ready = Promise.withResolvers<Features>();
  const over = Promise.withResolvers<OpenFlowError>();
  ready.promise.catch(() => {}); // also when connecting is aborted first

  const socket = await openSocket(path, signal);
  const { probeIntervalMs = 10_000, timeoutMs = 30_000 } = options;
  const session = createSession(
    { probeIntervalMs, timeoutMs },
    {
      onReady: ready.resolve,
      onMessage: dispatch,
      onFault(err) {
        metrics?.inc(metric.faults.name);
        log.warn("Skipped a frame that was not understood", { err: err.message });
        log.debug("The frame", { frame: err.dump() });
      },
      onClosed(error) {
        metrics?.set(metric.connected.name, 0);
        ready.reject(error);
        over.resolve(error);
        socket.destroy();
      },
    },
    clock.now(),
  );
  const line = joinSocket(socket, session, clock, {
    onSent: (bytes) => metrics?.inc(metric.sentBytes.name, {}, bytes),
    onReceived: (bytes) => metrics?.inc(metric.receivedBytes.name, {}, bytes),
  });

  function dispatch(message: Message): void {
    if (message.kind === "packetIn") packets.call(message);
    else if (message.kind === "plainPacketIn") packets.call({ ...message, kind: "packetIn" });
    else if (message.kind === "portStatus") portEvents.call(message);
    else if (message.kind === "flowRemoved") removals.call(message);
    else if (message.kind === "flowMonitorReply") message.items.forEach(updates.call);
    else if (message.kind === "error")
      log.warn("The switch refused a message", { error: message.name });
    else log.debug("Heard a message that nobody asked for", { kind: message.kind });
  }

  const abort = () => session.close("connecting was aborted");
  signal.addEventListener("abort", abort, { once: true });
  try {
    const features = await ready.promise;
    metrics?.set(metric.connected.name, 1);
    log.info("Connected to the bridge", { path, datapathId: features.datapathId.toString(16) });
    const listeners = { packets, ports: portEvents, removals, updates };
    const onAnswered = (kind: string, tookMs: number) =>
      metrics?.observe(metric.roundTrip.name, tookMs / 1000, { request: kind });
    const closed = over.promise;
    return connectionOf({ features, session, line, clock, closed, listeners, onAnswered });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
