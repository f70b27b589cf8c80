export { createRoleEffects, type RoleEffects, type RoleEffectsDeps } from './role-effects.ts'
export {
  openContractBook,
  ROLES,
  type Role,
  type RolesDeps,
  type RolesOptions,
  type RunningRoles,
  startRoles,
} from './roles.ts'
