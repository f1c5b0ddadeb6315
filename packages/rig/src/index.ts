export * from './apt.js';
export * from './find-redis.js';
export * from './processes.js';
export * from './proxy.js';
export * from './reaper.js';
export * from './redis-server.js';
