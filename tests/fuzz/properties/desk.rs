//! f10: keys, sizes and mails against frames.

use super::Choices;
use crate::desk::Desk;
use dutybox::app::Event;
use dutybox::app::key::{Code, Key};
use dutybox::app::model::{Mouse, Tone};
use dutybox::config::Config;
use dutybox::mail::text;
use ratatui::buffer::Buffer;

/// Keys that do something without a character.
const CODES: [Code; 14] = [
    Code::Enter,
    Code::Esc,
    Code::Tab,
    Code::Backspace,
    Code::Delete,
    Code::Up,
    Code::Down,
    Code::Left,
    Code::Right,
    Code::Home,
    Code::End,
    Code::PageUp,
    Code::PageDown,
    Code::F(5),
];
/// Most events of one run.
const EVENTS: usize = 60;
/// Columns and rows that layouts change at, and odd ones.
const SIZES: [(u16, u16); 10] =
    [(80, 24), (120, 36), (1, 1), (2, 1), (40, 10), (41, 11), (60, 12), (160, 45), (79, 17), (200, 8)];

/// Events up to the first blank line, a mail behind it. A mail alone is read with a few keys of its own.
pub(super) fn f10(data: &[u8]) {
    let (events, mail) = match memchr::memmem::find(data, b"\n\n") {
        Some(at) if !data[..at].contains(&b':') => (&data[..at], &data[at + 2..]),
        Some(_) => (&b"\rGHHH\t"[..], data),
        None => (data, &b""[..]),
    };
    let mut choices = Choices::new(events);
    let twin = crate::desk::mail("root@a.example", "b@example.org", "[a] alert (3 errors) on a.example", 5, "twice");
    let mut mails = vec![twin, mail.to_vec()];
    // The same mail on another host: an incident of several.
    mails.push([b"X-Host: b\n", mail].concat());
    let (w, h) = SIZES[events.len() % SIZES.len()];
    let config = Config { me: Some("ann".into()), allow_pipe: true, ..Config::default() };
    let mut desk = Desk::with(w, h, config, &mails, false);
    for _ in 0..EVENTS {
        if choices.is_empty() {
            break;
        }
        step(&mut desk, &mut choices);
        let frame = desk.buffer();
        assert_cells_clean(&frame);
        assert_eq!(frame, desk.buffer(), "the same state draws the same frame");
    }
    assert_cells_clean(&desk.buffer());
}

/// One event: printable bytes are their keys, others say what else happens.
fn step(desk: &mut Desk, choices: &mut Choices<'_>) {
    match choices.byte() {
        byte @ 0x20..=0x7e => desk.event(Event::Key(Key::plain(Code::Char(char::from(byte))))),
        b'\r' => desk.event(Event::Key(Key::plain(Code::Enter))),
        b'\t' => desk.event(Event::Key(Key::plain(Code::Tab))),
        0x1b => desk.event(Event::Key(Key::plain(Code::Esc))),
        0x01 => {
            desk.event(Event::Key(Key::normal(Code::Char(char::from(b'a' + choices.byte() % 26)), true, false, false)))
        }
        0x02 => {
            desk.event(Event::Key(Key::normal(Code::Char(char::from(b'a' + choices.byte() % 26)), false, true, false)))
        }
        0x03 => {
            let (w, h) = choices.of(&SIZES);
            desk.resize(w, h);
        }
        0x04 => {
            let (w, h) = (u16::from(choices.byte()), u16::from(choices.byte()));
            desk.resize(w, h.min(80));
        }
        0x05 => desk.event(Event::Paste(choices.text(24))),
        0x06 => {
            let what = choices.of(&[Mouse::Press, Mouse::WheelUp, Mouse::WheelDown]);
            desk.event(Event::Mouse(what, u16::from(choices.byte()), u16::from(choices.byte())));
        }
        0x07 => desk.event(Event::FocusGained),
        0x08 => desk.tick(i64::from(choices.byte()) << choices.below(16)),
        0x0b => desk.event(Event::Say(Tone::default(), choices.text(40))),
        0x0c => desk.event(Event::Outbox(usize::from(choices.byte()))),
        0x0e => desk.broken = !desk.broken,
        byte => {
            let code = CODES[usize::from(byte) % CODES.len()];
            desk.event(Event::Key(Key::normal(code, byte & 0x20 != 0, byte & 0x40 != 0, byte & 0x10 != 0)));
        }
    }
}

/// Every cell holds what may be sent to a terminal.
pub(super) fn assert_cells_clean(frame: &Buffer) {
    for cell in frame.content() {
        let symbol = cell.symbol();
        if matches!(symbol.as_bytes(), [0x20..=0x7e]) {
            continue;
        }
        assert_eq!(text::clean(symbol), symbol, "a cell that is not clean");
        super::assert_clean("cell", symbol);
        assert!(symbol.len() <= 64 && !symbol.contains('\n'), "{symbol:?}");
    }
}
