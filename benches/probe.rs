//! temporary
#[path = "verdicts.rs"]
#[allow(dead_code)]
mod v;
use v::*;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) * 10.0
}
fn main() {
    let arg = std::env::args().nth(1).unwrap_or_default();
    probe(&arg, cpu);
}
