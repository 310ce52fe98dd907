import { Controller, Inject } from '@nestjs/common';
import { Asking } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { PLUGIN_HOST, type PluginHost } from '../../plugin-host/plugin-host.js';
import { Readiness } from '../../system/readiness.service.js';
import { SystemService } from '../../system/system.service.js';
import { clockJumpBody } from '../clock/clock.bodies.js';
import { NotReady } from '../problems.js';
import { Input, Serves } from '../route.adapter.js';
import type { AnswerOf, InputOf } from '../routes.js';

@Controller()
export class SystemController {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(SystemService) private readonly system: SystemService,
    @Inject(PLUGIN_HOST) private readonly plugins: Pick<PluginHost, 'problems'>,
  ) {}

  /** The process lives, and answers: it asks no one else, since starting it again would not fix them. */
  @Serves('health')
  health(@Input() _nothing: InputOf<'health'>): AnswerOf<'health'> {
    return { status: 'ok' };
  }

  @Serves('ready')
  async ready(@Input() _nothing: InputOf<'ready'>): Promise<AnswerOf<'ready'>> {
    const parts = await this.readiness.parts();
    const faults = parts.flatMap(({ name, trouble }) => (trouble === null ? [] : [{ path: name, message: trouble }]));
    if (faults.length > 0) throw new NotReady(faults);
    return { status: 'ready' };
  }

  @Serves('readSystem')
  async read(
    @Asking() principal: Principal,
    @Input() _nothing: InputOf<'readSystem'>,
  ): Promise<AnswerOf<'readSystem'>> {
    const { partitions, parts, consumers, clockJumps, undelivered, withoutMailServer, ...report } =
      await this.system.report(principal);
    return {
      ...{ ...report, partitions: [...partitions], parts: [...parts], consumers: [...consumers] },
      clockJumps: clockJumps && clockJumps.map(clockJumpBody),
      undelivered: undelivered && undelivered.map((one) => ({ ...one, to: [...one.to] })),
      withoutMailServer: withoutMailServer && [...withoutMailServer],
      pluginProblems: this.plugins.problems().map((problem) => ({ ...problem })),
    };
  }
}
