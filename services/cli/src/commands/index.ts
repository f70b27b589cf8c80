import type { Command } from '../framework/command.ts'
import { auditListCommand } from './audit-list.ts'
import { auditVerifyCommand } from './audit-verify.ts'
import { listCommands } from './commands.ts'
import { contractsCheckCommand } from './contracts-check.ts'
import { contractsDeployCommand } from './contracts-deploy.ts'
import { deadGroupsCommand } from './dead-groups.ts'
import { deadListCommand } from './dead-list.ts'
import { deadReplayCommand } from './dead-replay.ts'
import { explainCommand } from './explain.ts'
import { lagCommand } from './lag.ts'
import { listCommand } from './list.ts'
import { migrateCommand } from './migrate.ts'
import { statusCommand } from './status.ts'

/** Every command of `readback`, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  migrateCommand,
  statusCommand,
  explainCommand,
  listCommand,
  deadGroupsCommand,
  deadListCommand,
  deadReplayCommand,
  lagCommand,
  contractsCheckCommand,
  contractsDeployCommand,
  auditListCommand,
  auditVerifyCommand,
  listCommands(() => COMMANDS),
]
