import { Module } from '@nestjs/common';
import { TimetableModule } from '../timetable/timetable.module.js';
import { AcceptanceService } from './acceptance.service.js';
import { BackupsService } from './backups.service.js';
import { JobDirectory } from './job-directory.service.js';
import { JobTimetable } from './job-timetable.service.js';
import { RestoreService } from './restore.service.js';
import { RunRecovery } from './run-recovery.service.js';

/** Jobs, runs, restores. Needs the log, the views, the plugin host, the clock and the settings from a global module. */
@Module({
  imports: [TimetableModule],
  providers: [AcceptanceService, BackupsService, JobDirectory, JobTimetable, RestoreService, RunRecovery],
  exports: [AcceptanceService, BackupsService, JobTimetable, RestoreService, RunRecovery],
})
export class BackupsModule {}
