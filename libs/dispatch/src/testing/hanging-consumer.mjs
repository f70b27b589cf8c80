// A process that is handed references and dies with them: it names each on standard output and never accepts any.
// Its arguments: the brokers, the topic prefix.
import { createKafkaDispatch } from '@readback/dispatch'

const [brokers = '', topicPrefix = ''] = process.argv.slice(2)
const dispatch = createKafkaDispatch({
  brokers: brokers.split(','),
  clientId: 'hanging',
  topicPrefix,
  sessionTimeoutMs: 1_500,
})
await dispatch.consume('deliver', {
  room: async () => 10,
  overdue: async () => [],
  accept: (refs) => {
    for (const { entryId } of refs) console.log(entryId)
    return new Promise(() => {})
  },
})
