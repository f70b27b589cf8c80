/**
 * How the catalogs tell what migrations made, one statement a row, in an order that does not depend on how it came about.
 * Weekly partitions depend on the date, and the migrator's own tables on nothing else: both are left out.
 */

const TABLES = `
  select format(E'create table readback.%I (\\n%s\\n)%s%s;', t.relname,
    (select string_agg('  ' || line, E',\\n' order by place, line collate "C") from (
       select a.attnum as place, concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
              'default ' || pg_get_expr(d.adbin, d.adrelid), case when a.attnotnull then 'not null' end) as line
       from pg_attribute a
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
       union all
       -- Since PostgreSQL 18 a "not null" is a constraint as well.
       select 10000, format('constraint %I %s', c.conname, pg_get_constraintdef(c.oid))
       from pg_constraint c where c.conrelid = t.oid and c.contype <> 'n') lines),
    ' partition by ' || pg_get_partkeydef(t.oid),
    ' with (' || array_to_string(t.reloptions, ', ') || ')') as statement
  from pg_class t
  where t.relnamespace = 'readback'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
    and t.relname not like 'migration%'
  order by t.relname`

const FIXED_PARTITIONS = `
  select format('create table readback.%I partition of readback.%I %s;', p.relname, parent.relname, bound.text) as statement
  from pg_class p
  join pg_inherits i on i.inhrelid = p.oid
  join pg_class parent on parent.oid = i.inhparent
  cross join lateral pg_get_expr(p.relpartbound, p.oid) as bound (text)
  where p.relnamespace = 'readback'::regnamespace and p.relkind in ('r', 'p') and bound.text not like 'FOR VALUES FROM%'
  order by p.relname`

const SEQUENCES = `
  select format('create sequence readback.%I as %s;', c.relname, format_type(s.seqtypid, null)) as statement
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  where c.relnamespace = 'readback'::regnamespace
  order by c.relname`

const TYPES = `
  select format('create type readback.%I as (%s);', c.relname,
    (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0)) as statement
  from pg_class c
  where c.relnamespace = 'readback'::regnamespace and c.relkind = 'c'
  order by c.relname`

const INDEXES = `
  select pg_get_indexdef(x.indexrelid) || ';' as statement
  from pg_index x
  join pg_class i on i.oid = x.indexrelid
  where i.relnamespace = 'readback'::regnamespace and not i.relispartition
    and not exists (select from pg_constraint c where c.conindid = x.indexrelid)
  order by i.relname`

const VIEWS = `
  select format(E'create view readback.%I as\\n%s', v.relname, pg_get_viewdef(v.oid, true)) as statement
  from pg_class v
  where v.relnamespace = 'readback'::regnamespace and v.relkind = 'v'
  order by v.relname`

const FUNCTIONS = `
  select rtrim(pg_get_functiondef(p.oid), E'\\n') || ';' as statement
  from pg_proc p
  where p.pronamespace = 'readback'::regnamespace
  order by p.proname, p.oid::regprocedure::text collate "C"`

const GRANTS = `
  select format('grant %s on %s to %s;', string_agg(lower(granted.privilege_type), ', ' order by granted.privilege_type), object.name,
                case granted.grantee when 0 then 'public' else granted.grantee::regrole::text end) as statement
  from (
    select 'schema readback' as name, n.nspacl as acl, n.nspowner as owner from pg_namespace n where n.nspname = 'readback'
    union all
    select 'readback.' || quote_ident(c.relname), c.relacl, c.relowner from pg_class c
    where c.relnamespace = 'readback'::regnamespace and not c.relispartition and c.relname not like 'migration%'
    union all
    select 'function ' || p.oid::regprocedure, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner from pg_proc p
    where p.pronamespace = 'readback'::regnamespace
  ) object
  cross join lateral aclexplode(object.acl) granted
  where granted.grantee <> object.owner
  group by object.name, granted.grantee
  order by object.name collate "C", granted.grantee::regrole::text collate "C"`

export const SCHEMA_QUERIES: readonly (readonly [title: string, query: string])[] = [
  ['Types', TYPES],
  ['Sequences', SEQUENCES],
  ['Tables', TABLES],
  ['Partitions; those of single weeks are made as time goes by', FIXED_PARTITIONS],
  ['Indexes besides those of the constraints', INDEXES],
  ['Views', VIEWS],
  ['Functions', FUNCTIONS],
  ['Grants', GRANTS],
]
