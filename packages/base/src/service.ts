import type { Logger } from "./log.ts";

/**
 * One thing that runs. `start` resolves when it is ready to be used; `stop` may be called twice,
 * and after a failed start. Whatever `start` leaves running ends with `stop`, not with the signal,
 * which only bounds the start itself.
 */
export interface Service {
  readonly name: string;
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Starts services one by one in the order given, and stops them in reverse, also after a failed start. */
export function serviceHost(services: readonly Service[], log: Logger): Service {
  const started: Service[] = [];
  const host: Service = {
    name: "host",
    async start(signal) {
      for (const service of services) {
        try {
          signal.throwIfAborted();
          started.push(service);
          log.debug("Starting service", { service: service.name });
          await service.start(signal);
        } catch (error) {
          await host.stop();
          signal.throwIfAborted(); // told to stop is no failure of the service
          throw new Error(`Could not start ${service.name}`, { cause: error });
        }
      }
    },
    async stop() {
      for (let service = started.pop(); service; service = started.pop()) {
        try {
          await service.stop();
        } catch (error) {
          log.warn("Could not stop service", { service: service.name, err: error });
        }
      }
    },
  };
  return host;
}
