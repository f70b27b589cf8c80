import type { Admin } from 'kafkajs'
import { retry } from '../retry.ts'

// A broker that has just started is still loading the groups; kafkajs does not wait for it here.
const LOADED_WITHIN_TRIES = 20

/** How many records lie between what the group has committed and the end of the topic. */
export async function groupBacklog(admin: Admin, groupId: string, topic: string): Promise<number> {
  const [ends, groups] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    retry(LOADED_WITHIN_TRIES, () => admin.fetchOffsets({ groupId, topics: [topic] })),
  ])
  const committed = new Map(groups.flatMap(({ partitions }) => partitions.map((at) => [at.partition, at.offset])))
  return ends.reduce((sum, { partition, low, high }) => {
    const next = Math.max(Number(low), Number(committed.get(partition) ?? low))
    return sum + Math.max(0, Number(high) - next)
  }, 0)
}
