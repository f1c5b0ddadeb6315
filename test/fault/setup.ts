// Programs of the system, before the fault tests.
import { findRedis, prepare } from '@metaplast/rig';

export default (): void => prepare(findRedis);
