//! Work on many mails at once, by as many threads as there are processors.
//!
//! Workers are named [`WORKER`], and a mail on which one panics is the caller's to speak of: a panic hook may stay silent
//! there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
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
    let (out, results) = channel();
    let work = |out: &Sender<D>| {
        while !stop.load(Ordering::Relaxed) {
            let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            if out.send(work(batch)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let mut running = 0;
        for _ in 0..workers {
            let (out, work) = (out.clone(), &work);
            let spawned =
                thread::Builder::new().name(WORKER.into()).stack_size(STACK).spawn_scoped(scope, move || work(&out));
            running += usize::from(spawned.is_ok());
        }
        if running == 0 {
            // No thread to be had: slower, but not nothing.
            work(&out);
        }
        drop(out);
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
    });
    !stop.load(Ordering::Relaxed)
}
