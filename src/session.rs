//! The event loop: the one place where app, ui and io meet; owns threads and clock.
