//! How much time and memory a property may take. Both are counted for this process alone, so that a busy machine changes
//! nothing: processor time rather than the clock, bytes that are allocated rather than what the process has mapped.

use crate::properties::{PROPERTIES, Property};
use rustix::time::{ClockId, clock_gettime};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Most processor time for 64 KiB, in microseconds.
const TIME: u64 = 1_000_000;
/// Most memory in use at one time, beyond what was in use before.
const MEMORY: usize = 256 << 20;
/// What twice the input may take besides three times the work: beneath it there is only noise.
const TIME_SLACK: u64 = 60_000;
const WORK_SLACK: u64 = 16 << 20;
/// How often a measurement of time is repeated before it is believed to be too long.
const TRIES: usize = 3;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static WORK: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, counted.
pub struct Counting;

fn grown(bytes: usize) {
    let used = USED.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(used, Ordering::Relaxed);
    WORK.fetch_add(bytes as u64, Ordering::Relaxed);
}

// Every call is passed on to the system's allocator as it came, so what that one promises holds here too.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        grown(size);
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What a run took.
struct Took {
    micros: u64,
    peak: usize,
    work: u64,
}

/// Runs the property of that name; panics where it, or a limit, does not hold.
pub fn run(name: &'static str, data: &[u8]) {
    static PROPERTY: OnceLock<&Property> = OnceLock::new();
    let property = PROPERTY.get_or_init(|| {
        let property = PROPERTIES.iter().find(|property| property.name == name).expect("a row of PROPERTIES");
        // What is made once and kept (the shipped runbooks) is not the input's.
        (property.run)(b"");
        property
    });
    let took = measured(property, data);
    assert!(took.peak <= MEMORY, "{} MiB at one time for {} bytes", took.peak >> 20, data.len());
    quick_enough(property, data, took.micros, TIME, "for the input alone");
    if property.linear && !data.is_empty() {
        let twice = [data, data].concat();
        let more = measured(property, &twice);
        let most = took.work * 3 + WORK_SLACK;
        assert!(more.work <= most, "{} bytes allocated, twice the input {}", took.work, more.work);
        quick_enough(property, &twice, more.micros, took.micros * 3 + TIME_SLACK, "for twice the input");
    }
}

/// The best of several tries counts: time is never too short by chance.
fn quick_enough(property: &Property, data: &[u8], micros: u64, most: u64, what: &str) {
    let mut best = micros;
    for _ in 0..TRIES {
        if best <= most {
            return;
        }
        best = best.min(measured(property, data).micros);
    }
    assert!(best <= most, "{best} µs {what}, {} bytes; at most {most}", data.len());
}

fn measured(property: &Property, data: &[u8]) -> Took {
    let before = USED.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let (work, start) = (WORK.load(Ordering::Relaxed), processor_time());
    (property.run)(data);
    Took {
        micros: processor_time().saturating_sub(start),
        peak: PEAK.load(Ordering::Relaxed).saturating_sub(before),
        work: WORK.load(Ordering::Relaxed).saturating_sub(work),
    }
}

/// Microseconds of processor time of all threads.
fn processor_time() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let whole = |part: i64| u64::try_from(part).unwrap_or(0);
    whole(time.tv_sec) * 1_000_000 + whole(time.tv_nsec) / 1_000
}
