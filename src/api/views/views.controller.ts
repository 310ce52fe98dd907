import { Controller, Inject } from '@nestjs/common';
import { ViewsService } from '../../folding/views.service.js';
import { Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class ViewsController {
  constructor(@Inject(ViewsService) private readonly views: Pick<ViewsService, 'rebuild'>) {}

  @Serves('rebuildViews')
  async rebuild(@Input() { body }: InputOf<'rebuildViews'>): Promise<AnswerOf<'rebuildViews'>> {
    const views = await this.views.rebuild(body.view);
    return { views: views.map(({ name, rowsChanged }) => ({ name, rowsChanged })) };
  }
}
