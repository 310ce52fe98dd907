import { Module } from '@nestjs/common';
import { TimetableModule } from '../timetable/timetable.module.js';
import { CheckupsService } from './checkups.service.js';

/** Check-ups. Needs the log, the plugin host and the clock from a global module. */
@Module({ imports: [TimetableModule], providers: [CheckupsService], exports: [CheckupsService] })
export class CheckupsModule {}
