//! Fuzz target f10: see its row in `properties::PROPERTIES`.
#![no_main]

dutybox_fuzz::target!("f10");
