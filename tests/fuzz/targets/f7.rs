//! Fuzz target f7: see its row in `properties::PROPERTIES`.
#![no_main]

dutybox_fuzz::target!("f7");
