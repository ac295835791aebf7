import { text } from "node:stream/consumers";
import { http } from "@antrea/base/io/http";
import { type LocalTransport, requestTarget } from "../exchange.ts";

/** Carries requests over the Unix socket at `socketPath`. Throws the system's own error if nobody answers. */
export function unixTransport(socketPath: string): LocalTransport {
  return (request, { signal }) =>
    new Promise((resolve, reject) => {
      const outgoing = http().request(
        {
          socketPath,
          method: request.method,
          path: requestTarget(request),
          headers: { host: "localhost", "content-type": "application/json" },
          agent: false,
          signal,
        },
        (response) => {
          text(response).then(
            (body) => resolve({ status: response.statusCode ?? 0, body }),
            reject,
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(request.body);
    });
}
