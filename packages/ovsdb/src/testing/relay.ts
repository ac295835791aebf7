import { connect, createServer, type Socket } from "node:net";

/** A Unix socket that passes bytes to another and back, so that a test can disturb them. */
export interface Relay extends AsyncDisposable {
  readonly path: string;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  /** Takes bytes and passes none on, until called with false. */
  hold(isHeld: boolean): void;
  /** Connections taken so far. */
  readonly accepted: number;
}

export interface RelayOptions {
  readonly path: string;
  readonly to: string;
  /** Passes on the server's bytes in pieces of this size. */
  readonly pieceSize?: number;
}

export async function startRelay({ path, to, pieceSize }: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isHeld = false;
  let accepted = 0;
  const pass = (data: Buffer, onward: Socket, size = data.length): void => {
    if (isHeld) return;
    for (let at = 0; at < data.length; at += size) onward.write(data.subarray(at, at + size));
  };
  const server = createServer((near) => {
    accepted++;
    const far = connect(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (data) => pass(data, far));
    far.on("data", (data) => pass(data, near, pieceSize));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    path,
    cut,
    hold(hold) {
      isHeld = hold;
    },
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
