import { describe } from 'vitest'
import { describeDispatch } from '../testing/describe-dispatch.ts'
import { createKafkaWorld, noKafka } from '../testing/kafka-world.ts'

describe.skipIf(noKafka)('with a broker', () => {
  describeDispatch('the Kafka dispatch', async () => {
    const world = createKafkaWorld()
    return { dispatch: world.open(), another: () => world.open(), close: () => world.close() }
  })
})
