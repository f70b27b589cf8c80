import pg from 'pg'

/** A lock was not to be had in the time that others can be made to wait, or two waited for each other: to be tried again later. */
export const isBusy = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01')
