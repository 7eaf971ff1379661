//! dutybox: a terminal mail inbox for people on build duty.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod app;
pub mod cli;
pub mod config;
pub mod error;
pub mod io;
pub mod mail;
pub mod runbook;
pub mod session;
pub mod triage;
pub mod ui;
