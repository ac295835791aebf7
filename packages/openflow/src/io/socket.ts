import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Clock } from "@antrea/base";
import type { Session } from "../session/session.ts";

/** Enough to keep the switch busy, little enough to stay responsive. */
const CHUNK_SIZE = 256 * 1024;

/** Connects to a Unix socket; rejects with the system's error or the signal's reason. */
export async function openSocket(path: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ path });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** A session that is joined to a socket. */
export interface Line {
  /** Sends what the session has to say, as fast as the socket takes it. */
  flush(): void;
}

export interface LineCounters {
  onSent(bytes: number): void;
  onReceived(bytes: number): void;
}

/** Carries bytes both ways and time to the session, until either side ends. */
export function joinSocket(
  socket: Socket,
  session: Session,
  clock: Clock,
  { onSent, onReceived }: LineCounters,
): Line {
  let isFull = false;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    while (!isFull && !isOver) {
      const bytes = session.takeOutput(CHUNK_SIZE, clock.now());
      if (!bytes) return;
      onSent(bytes.length);
      isFull = !socket.write(bytes);
    }
  }

  function wake(): void {
    if (isOver) return;
    session.tick(clock.now());
    flush();
    sleep();
  }

  function sleep(): void {
    clearTimeout(timer);
    if (isOver) return;
    timer = setTimeout(wake, Math.max(1, session.nextWakeMs() - clock.now()));
    timer.unref();
  }

  function over(reason: string): void {
    isOver = true;
    clearTimeout(timer);
    session.close(reason);
  }

  socket.on("data", (bytes: Buffer) => {
    onReceived(bytes.length);
    session.receive(bytes, clock.now());
    flush();
  });
  socket.on("drain", () => {
    isFull = false;
    flush();
  });
  socket.on("error", (error) => over(error.message));
  socket.on("close", () => over("the switch hung up"));
  wake();
  return {
    flush() {
      flush();
      sleep(); // a new exchange has a time limit that may end before the next wake
    },
  };
}
