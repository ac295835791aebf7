/** Why a program that serves like an API server refuses, in the words of metav1.Status. */
export const statusReasons = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  413: "RequestEntityTooLarge",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
} as const;
export type StatusCode = keyof typeof statusReasons;

/** The JSON of a metav1.Status that refuses; kubectl and client-go print its message. */
export function statusBody(code: number, message: string): string {
  const reason = statusReasons[code as StatusCode];
  return `${JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    code,
  })}\n`;
}
