//! What happened, told as stories: mails, times, what the operator told, and what is said of each mail at each time.
//!
//! - [`demo`]: whether the demo shows what the machines can say.
//! - [`golden`]: what the program says of the whole demo.
//! - [`kit`]: reads and plays a story, and says how one is written.
//!
//! One file of stories for each verdict machine (`vNN_….story`), in the shipped runbooks.

mod demo;
mod golden;
mod kit;

/// A test for each file of stories.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            let file = concat!(stringify!($name), ".story");
            super::stories::kit::play(file, include_str!(concat!(stringify!($name), ".story")));
        }
    )*};
}

stories! {
    v01_autofix,
    v02_process_delays,
    v03_alert_major_errors,
    v04_push,
    v05_release_runner,
    v06_ec2_retirement,
    v07_sns,
    v08_mozdef,
    v09_appleagent,
    v10_puppet,
    v11_expectation,
    v12_chromecast,
}
