import type { CallerSettings } from '@readback/service-kit'
import type { Role } from '../roles.ts'

/** What a process of any role is told. A relay calls nobody, so it needs no more than the shared part. */
export type ProcessSettings = Omit<CallerSettings, 'secret'> & { secret: (name: string) => string | undefined }

export type Service = {
  /** As it is called by: `relay`, `all` and so on. */
  name: string
  roles: readonly Role[]
  settings: ProcessSettings
  contracts: 'ignored' | 'deployed' | 'watched'
}
