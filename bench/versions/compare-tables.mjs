// Views kept aside as one program left them, and compared with what another made of them.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import Database from '#sqlite';

const mostExamples = 3;
const longestValue = 120;

/** Columns whose form has changed on purpose: the new form of an old value. They are compared after that. */
const newForms = {
  messages: {
    key: 'messageId',
    column: 'about',
    of: (about) => JSON.stringify(JSON.parse(about).map(({ kind, ref, ...flat }) => ({ kind, ref: ref ?? flat }))),
  },
};

/** Keeps the views of a data folder, with which no one works. */
export function keepSqlite(data) {
  const database = new Database(join(data, 'wardround.db'));
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  copyFileSync(join(data, 'wardround.db'), join(data, '..', 'before.db'));
}

/** Compares the views of a data folder with those that were kept. */
export function compareSqlite(data, names) {
  const database = new Database(join(data, 'wardround.db'), { readonly: true });
  try {
    database.prepare('ATTACH ? AS before').run(join(data, '..', 'before.db'));
    const columnsOf = (schema, table) => database.pragma(`${schema}.table_info("${table}")`).map(({ name }) => name);
    const ask = (text) => database.prepare(text).all();
    return names.map((table) =>
      settled(comparison(table, columnsOf('before', table), columnsOf('main', table), 'before', 'main'), ask),
    );
  } finally {
    database.close();
  }
}

/** Keeps the views of a schema, with which no one works, in another one. */
export async function keepPostgres(schema, names) {
  await withPostgres(async (client) => {
    await client.query(`CREATE SCHEMA "${schema}_before"`);
    const there = await tablesIn(client, schema);
    for (const table of names.filter((name) => there.has(name))) {
      await client.query(`CREATE TABLE "${schema}_before"."${table}" AS TABLE "${schema}"."${table}"`);
    }
  });
}

/** Compares the views of a schema with those that were kept. */
export async function comparePostgres(schema, names) {
  return withPostgres(async (client) => {
    const [before, now] = [await tablesIn(client, `${schema}_before`), await tablesIn(client, schema)];
    const results = [];
    for (const table of names) {
      const asked = comparison(table, before.get(table) ?? [], now.get(table) ?? [], `${schema}_before`, schema);
      const answers = new Map();
      for (const text of asked.questions) answers.set(text, (await client.query(text)).rows);
      results.push(settled(asked, (text) => answers.get(text)));
    }
    return results;
  });
}

async function tablesIn(client, schema) {
  const text = 'SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1';
  const { rows } = await client.query(text, [schema]);
  return rows.reduce(
    (tables, { table_name: table, column_name: column }) => tables.set(table, [...(tables.get(table) ?? []), column]),
    new Map(),
  );
}

async function withPostgres(work) {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What to ask the database about one table, of the columns that both have. */
function comparison(table, before, now, schemaBefore, schemaNow) {
  const form = newForms[table];
  const common = before.filter((column) => now.includes(column) && column !== form?.column);
  const onlyBefore = before.filter((column) => !now.includes(column));
  const onlyNow = now.filter((column) => !before.includes(column));
  const list = common.map((column) => `"${column}"`).join(', ');
  const of = (schema) => `SELECT ${list} FROM "${schema}"."${table}"`;
  const rowsOnlyIn = (one, other) => `SELECT * FROM (${of(one)} EXCEPT ${of(other)}) AS differing`;
  const rows = `SELECT count(*) AS count FROM "${schemaNow}"."${table}"`;
  const isNew = common.length === 0;
  const [lost, added] = isNew
    ? [null, null]
    : [rowsOnlyIn(schemaBefore, schemaNow), rowsOnlyIn(schemaNow, schemaBefore)];
  const formed = form === undefined || isNew ? [] : [schemaBefore, schemaNow].map((schema) => formedIn(schema, table));
  const questions = isNew ? [rows] : [rows, lost, added, ...formed];
  return { table, common, onlyBefore, onlyNow, rows, lost, added, formed, questions };
}

function formedIn(schema, table) {
  const { key, column } = newForms[table];
  return `SELECT "${key}" AS key, "${column}" AS value FROM "${schema}"."${table}"`;
}

function otherForms(table, before, now) {
  const { of, column } = newForms[table];
  const values = new Map(now.map(({ key, value }) => [key, of(value)]));
  return before.flatMap(({ key, value }) =>
    values.get(key) === of(value) ? [] : [{ key, [column]: value, now: values.get(key) }],
  );
}

function settled({ table, common, onlyBefore, onlyNow, rows, lost, added, formed }, ask) {
  const otherForm = formed.length === 0 ? [] : otherForms(table, ...formed.map(ask));
  const [lostRows, addedRows] = [lost === null ? [] : ask(lost), added === null ? [] : ask(added)];
  return {
    ...{ table, onlyBefore, onlyNow, columns: common.length, rows: Number(ask(rows)[0].count) },
    ...{ lost: lostRows.length + otherForm.length, added: addedRows.length },
    examples: [
      ...lostRows.slice(0, mostExamples).map((row) => ({ before: shortened(row) })),
      ...addedRows.slice(0, mostExamples).map((row) => ({ now: shortened(row) })),
      ...otherForm.slice(0, mostExamples),
    ],
  };
}

function shortened(row) {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === 'string' ? value.slice(0, longestValue) : value,
    ]),
  );
}
