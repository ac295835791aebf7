import { readFileSync } from "node:fs";
import { request } from "node:https";
import { pkiFolder } from "../cluster/io/make-pki.ts";
import type { LabPlan } from "../plan/lab-plan.ts";
import { patience } from "./wait.ts";

/** The little of the Kubernetes API that the lab itself asks while it starts a cluster. */
export interface ApiClient {
  /** Undefined for 404; any other answer than 200 throws. */
  get<T>(path: string): Promise<T | undefined>;
  /** Whether the path answers 200; false also while nothing listens. */
  isOk(path: string): Promise<boolean>;
}

/** For how long the API server may say nothing, in milliseconds. */
const answerMs = 5_000;

/** A client with the administrator's certificate. */
export function apiClient(plan: LabPlan): ApiClient {
  const pki = pkiFolder(plan);
  const identity = {
    ca: readFileSync(`${pki}/ca.crt`),
    cert: readFileSync(`${pki}/admin.crt`),
    key: readFileSync(`${pki}/admin.key`),
  };
  const timeout = answerMs * patience();
  const ask = (path: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const asked = request(`${plan.apiUrl}${path}`, { ...identity, timeout }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      asked.on("timeout", () =>
        asked.destroy(new Error(`${path} gave no answer in ${timeout / 1000} s`)),
      );
      asked.on("error", reject);
      asked.end();
    });
  return {
    async get<T>(path: string) {
      const { status, body } = await ask(path);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`${path} answered ${status}: ${body.slice(0, 300)}`);
      return JSON.parse(body) as T;
    },
    async isOk(path) {
      try {
        return (await ask(path)).status === 200;
      } catch {
        return false;
      }
    },
  };
}
