import type { MigrationInterface, QueryRunner } from 'typeorm';

const emptyList = "NOT NULL DEFAULT '[]'";

/** What looked odd about a run, what it copied of each source, and who has accepted it. */
export class SuspiciousRuns1764300000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Texts sort by their bytes, as on SQLite, whatever language the database is set to.
    const text = runner.dataSource.options.type === 'postgres' ? 'text COLLATE "C"' : 'text';
    const added = {
      ...{ suspicions: `${text} ${emptyList}`, sources: `${text} ${emptyList}`, warnings: 'integer' },
      ...{ acceptedAt: text, acceptedBy: text, acceptedNote: text },
    };
    for (const [name, type] of Object.entries(added)) {
      await runner.query(`ALTER TABLE "runs" ADD COLUMN "${name}" ${type}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['suspicions', 'sources', 'warnings', 'acceptedAt', 'acceptedBy', 'acceptedNote']) {
      await runner.query(`ALTER TABLE "runs" DROP COLUMN "${name}"`);
    }
  }
}
