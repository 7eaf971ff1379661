//! Keys as people write them: `j`, `C-d`, `S-Tab`, `Space`, `F5`; and sequences such as `gg` or `C-x C-s`.

use std::fmt;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character as typed; capital letters stand for themselves.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// Names of the keys that are no characters, first spelling printed, all read.
const NAMES: &[(Code, &[&str])] = &[
    (Code::Char(' '), &["Space"]),
    (Code::Enter, &["Enter", "Return", "RET"]),
    (Code::Esc, &["Esc", "Escape"]),
    (Code::Tab, &["Tab"]),
    (Code::Backspace, &["Backspace", "BS"]),
    (Code::Delete, &["Delete", "Del"]),
    (Code::Insert, &["Insert", "Ins"]),
    (Code::Up, &["Up"]),
    (Code::Down, &["Down"]),
    (Code::Left, &["Left"]),
    (Code::Right, &["Right"]),
    (Code::Home, &["Home"]),
    (Code::End, &["End"]),
    (Code::PageUp, &["PageUp", "PgUp"]),
    (Code::PageDown, &["PageDown", "PgDn"]),
];

/// A key with its modifiers. Shift is kept only where the character does not say it already (`S-Tab`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Control.
    pub ctrl: bool,
    /// Alt (Meta).
    pub alt: bool,
    /// Shift.
    pub shift: bool,
}

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Key {
        Key { code, ctrl: false, alt: false, shift: false }
    }

    /// A key as a terminal reports it, in the one form that keymaps use: no shift on characters, control on lower case.
    pub fn normal(code: Code, ctrl: bool, alt: bool, shift: bool) -> Key {
        match code {
            Code::Char(c) if ctrl => Key { code: Code::Char(c.to_ascii_lowercase()), ctrl, alt, shift: false },
            Code::Char(c) if shift && c.is_ascii_lowercase() => {
                Key { code: Code::Char(c.to_ascii_uppercase()), ctrl, alt, shift: false }
            }
            Code::Char(_) => Key { code, ctrl, alt, shift: false },
            _ => Key { code, ctrl, alt, shift },
        }
    }

    /// The character that this key types into a text field.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Reads one key: a character, a name, or either behind `C-`, `A-`/`M-`, `S-`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Key, String> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        while rest.chars().count() > 2 {
            let Some((head, tail)) = rest.split_at_checked(2) else { break };
            match head {
                "C-" => ctrl = true,
                "A-" | "M-" => alt = true,
                "S-" => shift = true,
                _ => break,
            }
            rest = tail;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() && c != ' ' => Code::Char(c),
            _ => named(rest).ok_or_else(|| {
                format!("no key is called `{rest}`: write a character, a name such as Enter, Space, Tab, F5, or C-x")
            })?,
        };
        Ok(Key::normal(code, ctrl, alt, shift))
    }
}

/// The key of that name, any case.
fn named(text: &str) -> Option<Code> {
    if let Some((code, _)) = NAMES.iter().find(|(_, names)| names.iter().any(|n| n.eq_ignore_ascii_case(text))) {
        return Some(*code);
    }
    let number: u8 = text.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=24).contains(&number).then_some(Code::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (on, prefix) in [(self.ctrl, "C-"), (self.alt, "A-"), (self.shift, "S-")] {
            if on {
                f.write_str(prefix)?;
            }
        }
        if let Some((_, names)) = NAMES.iter().find(|(code, _)| *code == self.code) {
            return f.write_str(names.first().copied().unwrap_or("?"));
        }
        match self.code {
            Code::Char(c) => write!(f, "{c}"),
            Code::F(n) => write!(f, "F{n}"),
            _ => Ok(()),
        }
    }
}

/// Reads a sequence: keys with blanks between them; a word of two characters that is no key is two keys, so `gg` is `g g`.
///
/// # Errors
/// What was expected.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    for word in text.split_whitespace() {
        match Key::parse(word) {
            Ok(key) => keys.push(key),
            // Two characters, unless it tries to be something else: `C-foo`, `Entr`.
            Err(_) if word.chars().count() == 2 && !word.contains('-') => {
                for c in word.chars() {
                    keys.push(Key::parse(c.encode_utf8(&mut [0; 4]))?);
                }
            }
            Err(message) => return Err(message),
        }
    }
    if keys.is_empty() {
        return Err("a key is missing: write for example \"e\", \"C-d\" or \"gg\"".into());
    }
    Ok(keys)
}

/// Prints a sequence so that [`parse_sequence`] reads it again: `gg`, `C-x C-s`.
pub fn print_sequence(keys: &[Key]) -> String {
    let simple = |key: &Key| key.text().is_some_and(|c| c != ' ' && c != '-');
    if keys.len() == 2 && keys.iter().all(simple) {
        let run: String = keys.iter().map(Key::to_string).collect();
        if Key::parse(&run).is_err() {
            return run;
        }
    }
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_print_as_they_are_read() {
        for text in ["j", "G", "C-d", "S-Tab", "Space", "F5", "A-x", "C-Space", "gg", "C-x C-s", "mF", "-", "g Enter"] {
            let keys = parse_sequence(text).unwrap();
            assert_eq!(print_sequence(&keys), text);
        }
    }

    #[test]
    fn other_spellings_are_read() {
        for (text, print) in [("ret", "Enter"), ("M-x", "A-x"), ("C-D", "C-d"), ("g g", "gg"), ("pgdn", "PageDown")] {
            assert_eq!(print_sequence(&parse_sequence(text).unwrap()), print);
        }
    }

    #[test]
    fn wrong_keys_say_what_was_expected() {
        for text in ["", "C-foo", "Entre", "F99", "\0", ";\0", "g \u{7f}"] {
            assert!(parse_sequence(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_as_keys_prints_so_that_it_is_read_again(
            words in prop::collection::vec("[CASMFg;\0\u{7f}é-]{0,2}\\PC{0,2}|[CASM]-[CASM]?-?.?|[A-Za-z0-9]{1,4}", 0..5),
        ) {
            if let Ok(keys) = parse_sequence(&words.join(" ")) {
                prop_assert_eq!(parse_sequence(&print_sequence(&keys)), Ok(keys));
            }
        }
    }
}
