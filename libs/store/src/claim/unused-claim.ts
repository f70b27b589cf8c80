/** The columns of a live row `d` whose claim is given back before anything was called under it: no attempt is used up (A4). */
export const UNUSED_CLAIM = `state           = 'scheduled',
      attempts        = d.attempts - 1,
      -- Only a call that has ended before makes the provider know the key; this claim's was never sent.
      first_called_at = case when d.last_outcome is not null then d.first_called_at end,
      quiet_from      = now(),
      lease_owner     = null,
      lease_until     = null,
      updated_at      = clock_timestamp()`
