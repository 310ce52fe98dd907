import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { AlarmPagesController } from './alarms/alarm-pages.controller.js';
import { AlarmPages } from './alarms/alarm-pages.service.js';
import { Assets } from './assets.adapter.js';
import { AssetsController } from './assets.controller.js';
import { BoardPages } from './board/board-pages.service.js';
import { BoardController } from './board/board.controller.js';
import { Charts } from './board/charts.adapter.js';
import { ConfigurationProblems } from './board/configuration-problems.service.js';
import { FragmentsController } from './fragments.controller.js';
import { InboxPagesController } from './inbox/inbox-pages.controller.js';
import { InboxPages } from './inbox/inbox-pages.service.js';
import { LiveController } from './live.controller.js';
import { LiveService } from './live.service.js';
import { PAGES, type Page } from './page.js';
import { PageRenderer } from './page-renderer.service.js';
import { RunPagesController } from './runs/run-pages.controller.js';
import { RunPages } from './runs/run-pages.service.js';
import { SnapshotPagesController } from './snapshots/snapshot-pages.controller.js';
import { SnapshotPages } from './snapshots/snapshot-pages.service.js';
import { SystemPagesController } from './system/system-pages.controller.js';
import { SystemPages } from './system/system-pages.service.js';
import { PageTemplates } from './templates.adapter.js';
import { WardNow } from './ward-now.service.js';

const controllers = [
  BoardController,
  RunPagesController,
  SnapshotPagesController,
  AlarmPagesController,
  InboxPagesController,
  SystemPagesController,
];
const pages = [BoardPages, ConfigurationProblems, RunPages, SnapshotPages, AlarmPages, InboxPages];

/**
 * The board. Needs ViewStore, VIEW_CHANGES, CLOCK, SETTINGS, Consumers, SystemService and ConfigurationService from global
 * modules. Give `PageRenderer.errorPage` to `configureHttp`, so that people get a page where something is not found or fails.
 */
@Module({
  imports: [AccessModule],
  controllers: [...controllers, FragmentsController, AssetsController, LiveController],
  providers: [
    ...[Assets, Charts, LiveService, PageRenderer, PageTemplates, SystemPages, WardNow],
    ...pages,
    { provide: PAGES, inject: pages, useFactory: (...all: Page[]) => all },
  ],
  exports: [PageRenderer],
})
export class DashboardModule {}
