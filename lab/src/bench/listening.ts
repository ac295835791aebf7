/** State LISTEN in `/proc/net/tcp` (proc(5); include/net/tcp_states.h). */
const listen = "0A";

/** Whether somebody listens on the port, from the text of `/proc/PID/net/tcp` or `tcp6`. */
export function isListening(sockets: string, port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return sockets.split("\n").some((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === listen && local?.endsWith(`:${hex}`);
  });
}
