export { QueueError, type QueueErrorCode } from './errors.ts';
export {
  AWAY_MS,
  DEATHS,
  type Json,
  KEPT_MS,
  type Queue,
  type QueueAdapter,
  type QueueContext,
  type QueueView,
  type ReplicaView,
  type Taken,
  type Task,
  type TaskState,
  type TaskView,
} from './queue.ts';
