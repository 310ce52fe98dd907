import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is newest follows from the log's order: where runs and snapshots are in it, and when results were recorded. The
 * views are folded again at the next start, which fills the columns.
 */
export class PlacesInTheLog1764300000060 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const collation = runner.dataSource.options.type === 'postgres' ? ' COLLATE "C"' : '';
    for (const table of ['runs', 'snapshots']) {
      await runner.query(`ALTER TABLE "${table}" ADD COLUMN "logPlace" bigint NOT NULL DEFAULT 0`);
    }
    await runner.query(`ALTER TABLE "checkup_status" ADD COLUMN "recordedAt" text${collation} NOT NULL DEFAULT ''`);
    await runner.query('CREATE INDEX "runs_of_job_logPlace" ON "runs" ("site", "server", "job", "logPlace")');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "runs_of_job_logPlace"');
    for (const table of ['runs', 'snapshots']) await runner.query(`ALTER TABLE "${table}" DROP COLUMN "logPlace"`);
    await runner.query('ALTER TABLE "checkup_status" DROP COLUMN "recordedAt"');
  }
}
