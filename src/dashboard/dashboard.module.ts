import { Module } from '@nestjs/common';
import { Assets } from './assets.adapter.js';
import { AssetsController } from './assets.controller.js';
import { Charts } from './charts.adapter.js';
import { FragmentsController } from './fragments.controller.js';
import { LiveController } from './live.controller.js';
import { LiveService } from './live.service.js';
import { PageRenderer } from './page-renderer.service.js';
import { PagesController } from './pages.controller.js';
import { PagesService } from './pages.service.js';
import { SystemPages } from './system-pages.service.js';
import { PageTemplates } from './templates.adapter.js';

/**
 * The board. Needs ViewStore, VIEW_CHANGES, CLOCK, SETTINGS, Consumers, SystemService and ConfigurationService from global modules. Give `PageRenderer.errorPage` to
 * `configureHttp`, so that people get a page where something is not found or fails.
 */
@Module({
  controllers: [PagesController, FragmentsController, AssetsController, LiveController],
  providers: [Assets, Charts, LiveService, PageRenderer, PagesService, PageTemplates, SystemPages],
  exports: [PageRenderer],
})
export class DashboardModule {}
