import type { MigrationInterface, QueryRunner } from 'typeorm';

const earlier = '{"kind":"file","id":"log","title":"the configuration file"}';

/**
 * Definitions know who manages them: those from before, the configuration file of the log. The view is folded again as
 * well.
 */
export class ManagedDefinitions1764500000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const collation = runner.dataSource.options.type === 'postgres' ? ' COLLATE "C"' : '';
    await runner.query(
      `ALTER TABLE "definitions" ADD COLUMN "managedBy" text${collation} NOT NULL DEFAULT '${earlier}'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "definitions" DROP COLUMN "managedBy"');
  }
}
