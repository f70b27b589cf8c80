import type { Command } from '../framework/command.ts'
import { allCommand } from './all.ts'
import { auditListCommand } from './audit-list.ts'
import { auditVerifyCommand } from './audit-verify.ts'
import { blockedListCommand } from './blocked-list.ts'
import { blockedParkCommand } from './blocked-park.ts'
import { blockedReleaseCommand } from './blocked-release.ts'
import { blockedSkipCommand } from './blocked-skip.ts'
import { cancelCommand } from './cancel.ts'
import { listCommands } from './commands.ts'
import { compensateCommand } from './compensate.ts'
import { contractsCheckCommand } from './contracts-check.ts'
import { contractsDeployCommand } from './contracts-deploy.ts'
import { contractsDiffCommand } from './contracts-diff.ts'
import { contractsDocsCommand } from './contracts-docs.ts'
import { contractsNewCommand } from './contracts-new.ts'
import { contractsProbeCommand } from './contracts-probe.ts'
import { contractsSchemaCommand } from './contracts-schema.ts'
import { contractsTryCommand } from './contracts-try.ts'
import { deadDiscardCommand } from './dead-discard.ts'
import { deadGroupsCommand } from './dead-groups.ts'
import { deadListCommand } from './dead-list.ts'
import { deadReplayCommand } from './dead-replay.ts'
import { demoCommand } from './demo.ts'
import { devCommand } from './dev.ts'
import { doctorCommand } from './doctor.ts'
import { enqueueCommand } from './enqueue.ts'
import { explainCommand } from './explain.ts'
import { lagCommand } from './lag.ts'
import { listCommand } from './list.ts'
import { migrateCommand } from './migrate.ts'
import { relayCommand } from './relay.ts'
import { snoozeCommand } from './snooze.ts'
import { statusCommand } from './status.ts'
import { verifierCommand } from './verifier.ts'
import { workerCommand } from './worker.ts'

/** Every command of `readback`, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  devCommand,
  allCommand,
  relayCommand,
  workerCommand,
  verifierCommand,
  migrateCommand,
  enqueueCommand,
  statusCommand,
  explainCommand,
  listCommand,
  deadGroupsCommand,
  deadListCommand,
  deadReplayCommand,
  deadDiscardCommand,
  blockedListCommand,
  blockedSkipCommand,
  blockedParkCommand,
  blockedReleaseCommand,
  cancelCommand,
  snoozeCommand,
  compensateCommand,
  lagCommand,
  contractsNewCommand,
  contractsCheckCommand,
  contractsTryCommand,
  contractsProbeCommand,
  contractsDiffCommand,
  contractsDocsCommand,
  contractsSchemaCommand,
  contractsDeployCommand,
  auditListCommand,
  auditVerifyCommand,
  demoCommand,
  doctorCommand,
  listCommands(() => COMMANDS),
]
