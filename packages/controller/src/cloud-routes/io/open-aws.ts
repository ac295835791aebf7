import { EC2 } from "@aws-sdk/client-ec2";
import { awsRoutes } from "../providers/aws.ts";
import type { ProviderOptions, RouteProvider } from "../provider.ts";

/** Region and credentials as the SDK finds them: AWS_REGION, the role of the Pod or of the instance. */
export async function openProvider(options: ProviderOptions): Promise<RouteProvider> {
  return awsRoutes(new EC2({}), options);
}
