import { definePlugin, z } from '../../sdk/index.js';

export default definePlugin({
  kind: 'channel',
  name: 'inbox',
  summary: "Shows the message in the board's inbox.",
  parameters: z.strictObject({}),
  // The inbox is a view of the events that decide messages: there is nothing to carry anywhere.
  send: () => Promise.resolve({ receipt: 'shown in the inbox' }),
});
