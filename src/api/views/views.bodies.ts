import { z } from 'zod';
import { count } from '../bodies.js';

export const rebuiltViewsSchema = z.object({
  views: z.array(z.object({ name: z.string(), rowsChanged: count })),
});
