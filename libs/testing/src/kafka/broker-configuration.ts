export interface BrokerPorts {
  port: number
  controllerPort: number
}

export const serverProperties = (data: string, { port, controllerPort }: BrokerPorts): string => `
node.id=1
process.roles=broker,controller
controller.quorum.voters=1@127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
log.dirs=${data}

# One node holds everything.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# A misspelt topic fails, a group forms at once, a dead member may be noticed early.
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# After kill -9 the controller refuses the restarted broker until its old session ends: 9 s by default.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500

# The compaction buffer is 128 MB by default: half of the heap.
log.cleaner.dedupe.buffer.size=2097152
`

export const LOGGING = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <Console name="log"><PatternLayout pattern="%d{HH:mm:ss.SSS} %p %c{1} %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="log"/></Root>
  </Loggers>
</Configuration>
`
