import { once } from "node:events";
import type { Server } from "node:net";
import type { Service } from "../service.ts";

export interface Listener extends Service {
  /** The port in use, which differs from the one asked for where that was 0. */
  readonly port: number;
}

export interface ListenerOptions {
  readonly name: string;
  /** Address to listen on; all of the machine's where undefined. */
  readonly host: string | undefined;
  readonly port: number;
  /** Cuts all connections: whoever keeps one open holds up no end. */
  readonly cut: () => void;
}

/** A server that listens while the program runs. */
export function listener(server: Server, { name, host, port, cut }: ListenerOptions): Listener {
  return {
    name,
    get port() {
      const address = server.address();
      return typeof address === "object" && address ? address.port : port;
    },
    async start(signal) {
      server.listen(port, host);
      await once(server, "listening", { signal });
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
}
