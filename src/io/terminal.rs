//! The terminal: raw mode, alternate screen, events, signals; restored on return, error, panic and signal.
