import { run } from '../process/child-process.ts'

/** Who the server runs as when that is not who we are. */
export interface SystemUser {
  uid: number
  gid: number
}

const SUITABLE_USERS = ['postgres', 'nobody']

/** PostgreSQL refuses to run as root; for anybody else there is nothing to change. */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of SUITABLE_USERS) {
    const user = await lookUp(name)
    if (user) return user
  }
  throw new Error(`PostgreSQL does not run as root, and this system has no user ${SUITABLE_USERS.join(' or ')}.`)
}

async function lookUp(name: string): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}
