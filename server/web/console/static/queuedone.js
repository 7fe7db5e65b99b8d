// The page that tells what became of a batch: z takes it back, as it does in the queue.
import { keys } from './keys.js';

keys({ z: () => document.querySelector('form[data-undo]')?.requestSubmit() });
