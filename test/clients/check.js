// The guide's steps and its JavaScript, through pgbouncer: check.js FOLDER STEPS
const fs = require('fs');
const path = require('path');
const { Client, Pool } = require('pg');
const { pool, act, submitReview } = require(path.join(process.argv[2], 'application.js'));

const say = (text) => process.stdout.write(`${text}\n`);
const show = (value) => (value === null ? '' : value === true ? 't' : value === false ? 'f' : String(value));
const check = (name, holds, saw) => say(holds ? `ok ${name}` : `not ok ${name}: ${JSON.stringify(saw)}`);

// Lists of the file's lines: ["@step 1"] or ["@act p2", statement, …]
function transactions(lines) {
  const found = [];
  for (const line of lines) {
    if (/^@(step|act|submit|end)/.test(line)) found.push([line]);
    else if (line === '@do') found.at(-1).push('');
    else found.at(-1)[found.at(-1).length - 1] += `${line}\n`;
  }
  return found;
}

async function run(client, statements) {
  const notice = (said) => {
    say(`${said.severity}:  ${said.message}`);
    if (said.hint) say(`HINT:  ${said.hint}`);
  };
  client.on('notice', notice);
  try {
    for (const statement of statements) {
      const { fields, rows } = await client.query({ text: statement, rowMode: 'array' });
      say(fields.map((field) => field.name).join('|'));
      for (const row of rows) say(row.map(show).join('|'));
    }
  } finally {
    client.removeListener('notice', notice);
  }
}

async function submit() {
  const refused = await submitReview('p3', '2026q1', 'p6', '96.5');
  say(Object.values(refused).join('|'));
  say((await submitReview('p3', '2026q1', 'p6', '92.12345678901234567890')).review);
  const { rows } = await act('p3', (client) => client.query(
    'SELECT score FROM appraisal.rating AS r JOIN appraisal.review AS v USING (cycle_id, review_id) WHERE review_id = 1'));
  say(rows[0].score);
  await act('p2', (client) => client.query("CALL appraisal.reopen_review('2026q1', 'p6', 'p3', 'to try it', source => 'manager')"));
}

async function steps(file) {
  for (const [head, ...statements] of transactions(fs.readFileSync(file, 'utf8').trimEnd().split('\n'))) {
    if (!head.startsWith('@act')) {
      say(head);
      if (head === '@submit') await submit();
      continue;
    }
    try {
      await act(head.slice(5), (client) => run(client, statements));
    } catch (error) {
      say(`ERROR:  ${error.message}`);
      if (error.detail) say(`DETAIL:  ${error.detail}`);
      if (error.hint) say(`HINT:  ${error.hint}`);
      say(`SQLSTATE ${error.code}`);
    }
  }
}

async function asks(client) {
  const { rows } = await client.query(`SELECT pg_backend_pid() AS pid, coalesce(current_setting('appraisal.actor', true), '') AS actor,
    (SELECT count(*) FROM appraisal.person) AS people`);
  return rows[0];
}
const seen = ({ actor, people }) => `${actor} ${people}`;

async function connected(url, work) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

// The pool has one server connection, which everybody gets in turn. The guide's module keeps its own pool, which
// this swaps for one that has one server connection behind it.
async function leaks(one) {
  const ask = () => connected(one, asks);
  const wide = pool.connect;
  const narrow = new Pool({ connectionString: one });
  pool.connect = () => narrow.connect();
  const mine = await act('p3', asks);
  const other = await act('p4', asks);
  const nobody = await ask();
  check('one server connection serves all', mine.pid === other.pid && other.pid === nobody.pid, [mine, other, nobody]);
  check('each person sees what is theirs', seen(mine) === 'p3 4' && seen(other) === 'p4 1', [mine, other]);
  check('the next transaction acts for nobody', seen(nobody) === ' 0', nobody);
  const error = await act('p3', (client) => client.query('SELECT 1 / 0')).catch((raised) => raised);
  const after = await ask();
  check('nor does it after an error', error.code === '22012' && seen(after) === ' 0', after);
  await connected(one, (client) => client.query("SET appraisal.actor = 'p3'"));
  const leaked = await ask();
  check('a plain SET would leak', seen(leaked) === 'p3 4', leaked);
  await connected(one, (client) => client.query('RESET appraisal.actor'));
  await narrow.end();
  pool.connect = wide;
}

async function numbers() {
  const exact = '12345678901234567890.1234567890123456789';
  const { rows } = await act('p3', (client) => client.query('SELECT $1::numeric AS a, $1::numeric::text AS b, 92.50::numeric AS c', [exact]));
  check('numerics are exact both ways', rows[0].a === exact && rows[0].b === exact && rows[0].c === '92.50', rows[0]);
}

// Two connections in turn get either of several server connections.
async function statementsAgain() {
  const clients = [await pool.connect(), await pool.connect()];
  const results = new Set();
  for (let i = 0; i < 40; i++) {
    const client = clients[i % 2];
    await client.query('BEGIN');
    await client.query("SELECT set_config('appraisal.actor', $1, true)", [['p3', 'p4'][i % 2]]);
    const { rows } = await client.query('SELECT count(*) FROM appraisal.person WHERE code <> $1', ['p9']);
    results.add(`${i % 2}: ${rows[0].count}`);
    await client.query(i % 4 ? 'COMMIT' : 'ROLLBACK');
  }
  clients.forEach((client) => client.release());
  check('a statement is repeated on whatever server connection', [...results].sort().join() === '0: 4,1: 1', [...results]);
}

async function deadlock() {
  let attempts = 0;
  let other;
  const lock = (client, n) => client.query('SELECT pg_advisory_xact_lock($1)', [n]);
  await act('p3', async (client) => {
    attempts++;
    await lock(client, 1);
    if (attempts === 1) {
      const held = await pool.connect();
      await held.query('BEGIN');
      await lock(held, 2);
      other = new Promise((wake) => setTimeout(wake, 50)).then(() => lock(held, 1)).then(() => held.query('COMMIT'))
        .finally(() => held.release());
    }
    await lock(client, 2);
  });
  await other;
  check('a deadlock is tried again', attempts === 2, attempts);
}

async function lost() {
  let attempts = 0;
  const work = async (client) => {
    attempts++;
    if (attempts === 1) await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
    return asks(client);
  };
  const repeated = await act('p3', work, true);
  check('after a lost connection work that is repeatable is repeated', repeated.actor === 'p3' && attempts === 2, [repeated, attempts]);
  attempts = 0;
  const error = await act('p3', work).catch((raised) => raised);
  check('other work is not', error instanceof Error && attempts === 1, [error, attempts]);
}

async function rules() {
  let attempts = 0;
  const error = await act('p2', (client) => {
    attempts++;
    return client.query("CALL appraisal.start_scoring('2026q1')");
  }, true).catch((raised) => raised);
  check('an error of the rules is not repeated', error.code === 'AP001' && attempts === 1, [error.code, attempts]);
}

async function main() {
  await steps(process.argv[3]);
  await leaks(process.env.APPRAISAL_ONE);
  await numbers();
  await statementsAgain();
  await deadlock();
  await lost();
  await rules();
  await pool.end();
  say('@done');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
