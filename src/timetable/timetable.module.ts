import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TimetableService } from './timetable.service.js';

/** Who is due, and when. Needs the clock from a global module. */
@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [TimetableService],
  exports: [TimetableService],
})
export class TimetableModule {}
