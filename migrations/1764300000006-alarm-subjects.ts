import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = ['subjectKind', 'subjectName'];

/** Which job or check-up an alarm is about. The view is folded again at the next start, which fills the columns. */
export class AlarmSubjects1764300000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const collation = runner.dataSource.options.type === 'postgres' ? ' COLLATE "C"' : '';
    for (const column of columns) {
      await runner.query(`ALTER TABLE "alarms" ADD COLUMN "${column}" text${collation} NOT NULL DEFAULT ''`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of columns) await runner.query(`ALTER TABLE "alarms" DROP COLUMN "${column}"`);
  }
}
