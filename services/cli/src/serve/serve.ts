import { runUntilStopped } from '@readback/service-kit'
import { createTelemetry, type Telemetry } from '@readback/telemetry'
import { EXIT, type ExitCode } from '../framework/exit-code.ts'
import { hasColors, type Io } from '../framework/io.ts'
import type { ProcessSettings, Service } from './service.ts'
import { startProcess } from './start-process.ts'

// Beyond the drain itself: handing back leases and closing connections.
const CLOSING_MS = 4_000

/** Runs a service until it is stopped. */
export async function serve(io: Io, service: Service): Promise<ExitCode> {
  const telemetry = telemetryFor(io, service.settings)
  const { name: role, settings } = service
  const ending = await runUntilStopped({
    start: (stopping) => {
      stopping.addEventListener('abort', () =>
        telemetry.observe({ type: 'draining', role, grace_ms: settings.drainMs }),
      )
      return startProcess(io, service, telemetry)
    },
    graceMs: settings.drainMs + CLOSING_MS,
    signals: process,
  })
  telemetry.observe({ type: 'role_stopped', role, how: ending })
  return { stopped: EXIT.ok, grace_over: EXIT.error, forced: EXIT.interrupted }[ending]
}

function telemetryFor(io: Io, { logLevel, sources }: ProcessSettings): Telemetry {
  const pretty = { colors: hasColors(io.env, io.errIsTerminal), now: () => new Date() }
  return createTelemetry({ level: logLevel, severalSources: sources.length > 1, ...(io.errIsTerminal && { pretty }) })
}
