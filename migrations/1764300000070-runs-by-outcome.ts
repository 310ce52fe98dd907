import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The newest good run of a job is found without going through its other runs, however many failed since. */
export class RunsByOutcome1764300000070 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const columns = ['site', 'server', 'job', 'outcome', 'logPlace', 'startedAt', 'runId'].map((name) => `"${name}"`);
    await runner.query(`CREATE INDEX "runs_of_job_outcome" ON "runs" (${columns.join(', ')})`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "runs_of_job_outcome"');
  }
}
