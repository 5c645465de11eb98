import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { RunningService } from './running-service.ts';

let answers: Promise<boolean> | undefined;

/** Whether a Docker-compatible engine answers here; asked once. */
export function hasContainerEngine(): Promise<boolean> {
  answers ??= getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  return answers;
}

export interface ContainerRequest {
  readonly image: string;
  readonly port: number;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The service's URL from the container's address, `127.0.0.1:49153`. */
  readonly toUrl: (address: string) => string;
}

export async function startContainer(request: ContainerRequest): Promise<RunningService> {
  const { image, port, command = [], environment = {}, toUrl } = request;
  const container = await new GenericContainer(image)
    .withExposedPorts(port)
    .withEnvironment({ ...environment })
    .withCommand([...command])
    .start();
  return {
    url: toUrl(`${container.getHost()}:${container.getMappedPort(port)}`),
    how: `container of ${image}`,
    stop: async () => {
      await container.stop();
    },
  };
}
