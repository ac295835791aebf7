import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

/**
 * One end of conversations, for a test that starts it in a network namespace:
 * `listen PORT…` says back what comes by TCP and UDP; `ask tcp|udp ADDRESS PORT` says what became of it;
 * `keep ADDRESS PORT` stays connected and sends each line that it reads.
 */
const [role, ...rest] = process.argv.slice(2);
/** Whoever is answered at all is answered sooner, also where the first SYN was lost: the next follows after a second. */
const silenceMs = 1500;

if (role === "listen") await Promise.all(rest.map(Number).map(listen)).then(() => say("listening"));
if (role === "ask")
  say(await (rest[0] === "tcp" ? askTcp : askUdp)(rest[1] ?? "", Number(rest[2])));
if (role === "keep") keep(rest[0] ?? "", Number(rest[1]));

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function listen(port: number): Promise<void> {
  const udp = createSocket("udp6");
  udp.on("message", (message, from) => udp.send(message, from.port, from.address));
  const tcp = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  return new Promise((resolve) => {
    udp.bind(port, "::", () => tcp.listen(port, "::", () => resolve()));
  });
}

function askTcp(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const end = (what: string): void => {
      resolve(what);
      socket.destroy();
    };
    socket.on("connect", () => end("answered"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? "error"));
    setTimeout(() => end("silence"), silenceMs).unref();
  });
}

function askUdp(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const end = (what: string): void => {
      resolve(what);
      socket
        .removeAllListeners()
        .on("error", () => {})
        .close();
    };
    socket.on("message", () => end("answered"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? "error"));
    socket.connect(port, address, () => socket.send("?"));
    setTimeout(() => end("silence"), silenceMs);
  });
}

function keep(address: string, port: number): void {
  const socket = connect(port, address, () => say("connected"));
  socket.setEncoding("utf8").on("data", (text) => say(String(text).trim()));
  const lines = createInterface(process.stdin);
  lines.on("line", (line) => socket.write(`${line}\n`)).on("close", () => socket.destroy());
}
