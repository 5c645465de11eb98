import { SlicewiseError } from '../domain/errors.ts';

/** An adapter whose client is an optional peer. @throws `store.driver_missing` where that is not installed */
export async function loadAdapter<Adapter>(driver: string, load: () => Promise<Adapter>): Promise<Adapter> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, driver)) throw cause;
    throw new SlicewiseError({
      category: 'ValidationError',
      code: 'store.driver_missing',
      message: `expected the package \`${driver}\` beside slicewise, found none. Install it: \`npm install ${driver}\`.`,
      details: { package: driver },
      cause,
    });
  }
}

function isMissing(error: unknown, driver: string): boolean {
  const isNotFound = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return isNotFound && error.message.includes(driver);
}

export function loadDynamoDb() {
  return loadAdapter('@aws-sdk/client-dynamodb', () => import('../adapters/dynamodb/index.ts'));
}

export function loadS3() {
  return loadAdapter('@aws-sdk/client-s3', () => import('../adapters/s3/index.ts'));
}
