import { setTimeout as sleep } from 'node:timers/promises'

const PULL_TIMEOUT_MS = 120_000

/** Throws the reason if no Docker daemon answers, or if the image is neither here nor to be had. */
export async function needImage(name: string): Promise<void> {
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers')
  const client = await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new Error('no Docker daemon answers', { cause })
  })
  const image = ImageName.fromString(name)
  if (await client.image.exists(image)) return
  const tooLong = sleep(PULL_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${name} was not pulled within ${PULL_TIMEOUT_MS / 1000} s`)
  })
  await Promise.race([client.image.pull(image), tooLong])
}
