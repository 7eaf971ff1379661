//! The fuzz targets: the properties, each with limits on time and memory around it.

/// The desk of the tests: the real `update` and `render` without a terminal.
#[allow(dead_code, missing_docs)]
#[path = "../it/desk.rs"]
pub mod desk;
pub mod limits;
pub mod properties;

/// A fuzz target: runs the property of that name within the limits.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        #[global_allocator]
        static COUNTING: $crate::limits::Counting = $crate::limits::Counting;

        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::limits::run($name, data));
    };
}
