//! Work on many mails at once, by as many threads as there are processors.
//!
//! Workers are named [`WORKER`], and a mail on which one panics is the caller's to speak of: a panic hook may stay silent
//! there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// Name of the threads that read and parse mail.
pub const WORKER: &str = "dutybox-reader";

/// Stack of threads that parse: nested attached messages are dropped recursively (reliability fact 4).
pub(super) const STACK: usize = 16 << 20;

/// How long a wait for workers may keep a question waiting.
const POLL: Duration = Duration::from_millis(40);

/// Works on all batches, the first ones first; `each` gets what came of one, or `None` from time to time, and says whether to
/// go on. Returns whether all was done.
pub(super) fn in_parallel<T: Sync, D: Send>(
    batches: &[Vec<T>],
    stop: &AtomicBool,
    work: impl Fn(&[T]) -> D + Sync,
    mut each: impl FnMut(Option<D>) -> bool,
) -> bool {
    if batches.is_empty() {
        return true;
    }
    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(2, 16).min(batches.len());
    let next = AtomicUsize::new(0);
    let one = || batches.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stop.load(Ordering::Relaxed));
    // Who takes it in may be slower than who reads: what waits is bounded.
    let (out, results) = sync_channel(workers);
    thread::scope(|scope| {
        let mut running = 0;
        for _ in 0..workers {
            let (out, work, one) = (out.clone(), &work, &one);
            let all = move || while one().is_some_and(|batch| out.send(work(batch)).is_ok()) {};
            let spawned = thread::Builder::new().name(WORKER.into()).stack_size(STACK).spawn_scoped(scope, all);
            running += usize::from(spawned.is_ok());
        }
        drop(out);
        // No thread to be had: slower, but not nothing.
        while running == 0
            && let Some(batch) = one()
        {
            if !each(Some(work(batch))) {
                stop.store(true, Ordering::Relaxed);
            }
        }
        loop {
            let go_on = match results.recv_timeout(POLL) {
                Ok(done) => each(Some(done)),
                Err(RecvTimeoutError::Timeout) => each(None),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if !go_on {
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
        // Who still has something to give must not wait for us.
        drop(results);
    });
    !stop.load(Ordering::Relaxed)
}
