export { z } from 'zod';
export * from './plugin.js';
