import { pluginNames, repeats, timeFaults, unknownName } from '../definitions/checking/checks.js';
import { namedServerFaults, namedThingFaults, siteFaults } from '../definitions/checking/named-things.js';
import { draftList, draftOf, draftText } from '../definitions/checking/draft.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
import { recipientGroupDefined, recipientGroupRetired } from './notifications.events.js';
import { recipientGroupDefinitionSchema } from './recipient-group.js';

/** People and addresses, and what they asked to hear of. */
export const recipientGroupKind = defineKind({
  name: 'recipient-group',
  title: 'recipient group',
  scope: 'installation',
  schema: recipientGroupDefinitionSchema,
  defined: recipientGroupDefined,
  retired: recipientGroupRetired,
  nameField: 'group',
  folder: 'recipient-groups',
  sections: [
    listSection({
      item: recipientGroupDefinitionSchema,
      definition: (item) => item,
      key: 'recipientGroups',
      describe: 'Who is notified, about what, and through which channel',
      draft: draftOf({
        name: draftText,
        timeZone: draftText,
        subscriptions: draftList(
          draftOf({
            ...{ channel: draftText, at: draftText },
            ...{ sites: draftList(draftText), servers: draftList(draftText) },
            ...{ jobs: draftList(draftText), rules: draftList(draftText) },
          }),
        ),
      }),
      faults(groups, path, context) {
        const { knowledge, namesOf } = context;
        const channels = [...pluginNames('channel', knowledge), ...namesOf('channel')];
        return [
          ...repeats(groups, path, 'recipient group'),
          ...groups.flatMap(({ timeZone, subscriptions }, index) =>
            subscriptions.flatMap(({ channel, at, sites, servers, jobs, rules }, place) => {
              const within = [...path, index, 'subscriptions', place];
              return [
                ...unknownName(channel, channels, [...within, 'channel'], 'channel'),
                ...timeFaults({ at, timeZone }, within, knowledge),
                ...sites.flatMap((site, position) => siteFaults(site, [...within, 'sites', position], context)),
                ...servers.flatMap((text, position) =>
                  namedServerFaults(text, [...within, 'servers', position], context),
                ),
                ...jobs.flatMap((text, position) =>
                  namedThingFaults(
                    { text, kind: 'backup-job', what: 'backup job' },
                    [...within, 'jobs', position],
                    context,
                  ),
                ),
                ...rules.flatMap((rule, position) =>
                  unknownName(rule, namesOf('rule'), [...within, 'rules', position], 'rule'),
                ),
              ];
            }),
          ),
        ];
      },
    }),
  ],
});
