//! Address lists (RFC 5322 §3.4 and its obsolete forms), read leniently, and what is odd about a sender's name.

use super::header::{collapse, decode_words, encoded_word_len};
use super::message::Address;

/// Largest number of addresses of one field.
const CAP: usize = 10_000;

/// Something between two commas.
#[derive(Default)]
struct Mailbox {
    /// Text outside `<>` and comments, quotes taken away. Blanks stay.
    phrase: String,
    /// Whether a quoted string of the phrase stands directly before `@`.
    quoted_local: Option<String>,
    /// Inside of `<>`.
    angle: Option<String>,
    /// Text behind `<>`.
    after: String,
    comment: String,
}

/// Reads a decoded, but not yet RFC 2047 decoded, address list. Empty entries are left out; an empty group is one
/// entry without an address.
pub(super) fn list(text: &str) -> Vec<Address> {
    let mut out = Vec::new();
    let mut current = Mailbox::default();
    let mut group: Option<(String, usize)> = None;
    let mut rest = text;
    // Searches that failed once are not tried again: this keeps bad input linear.
    let (mut may_close, mut may_quote) = (true, true);
    let last_word_end = text.rfind("?=").unwrap_or(0);
    while let Some(c) = rest.chars().next() {
        if out.len() >= CAP {
            break;
        }
        let mut taken = c.len_utf8();
        match c {
            '"' => match quoted(rest).filter(|_| may_quote) {
                Some((inner, len)) => {
                    taken = len;
                    if rest.as_bytes().get(len) == Some(&b'@') {
                        current.quoted_local = rest.get(..len).map(str::to_owned);
                    } else {
                        current.push(&inner);
                    }
                }
                None => may_quote = false,
            },
            '(' => {
                let (inner, len) = comment(rest);
                taken = len;
                if !current.comment.is_empty() {
                    current.comment.push(' ');
                }
                current.comment.push_str(&inner);
            }
            '<' => {
                if current.angle.is_some() {
                    // A comma is missing: what stands between belongs to the next.
                    let phrase = std::mem::take(&mut current.after);
                    out.extend(std::mem::take(&mut current).address());
                    current.phrase = phrase;
                }
                let close = if may_close { rest.find('>') } else { None };
                may_close = close.is_some();
                let end = close.unwrap_or_else(|| rest.find([',', ';']).unwrap_or(rest.len()));
                current.angle = Some(rest.get(1..end).unwrap_or_default().to_owned());
                taken = if close.is_some() { end + 1 } else { end.max(1) };
            }
            '>' => {}
            ',' => out.extend(std::mem::take(&mut current).address()),
            ';' => {
                out.extend(std::mem::take(&mut current).address());
                close_group(&mut group, &mut out);
            }
            ':' if group.is_none() && current.angle.is_none() && !current.phrase.contains('@') => {
                let name = collapse(&decode_words(&std::mem::take(&mut current).phrase));
                group = Some((name, out.len()));
            }
            '=' if rest.starts_with("=?") && text.len() - rest.len() < last_word_end => {
                // Commas and brackets inside an encoded word divide nothing.
                taken = encoded_word_len(rest).max(1);
                current.push(rest.get(..taken).unwrap_or_default());
            }
            c => current.push(c.encode_utf8(&mut [0; 4])),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.extend(current.address());
    close_group(&mut group, &mut out);
    out
}

/// A group without members still says something ("undisclosed-recipients").
fn close_group(group: &mut Option<(String, usize)>, out: &mut Vec<Address>) {
    if let Some((name, before)) = group.take()
        && out.len() == before
        && !name.is_empty()
    {
        out.push(Address { name, addr: String::new() });
    }
}

/// The inside of the quoted string at the start, and its length with quotes.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((inner, at + 1)),
            '\\' => inner.extend(chars.next().map(|(_, next)| next)),
            c => inner.push(c),
        }
    }
    None
}

/// The inside of the comment at the start, nested ones included, and its length.
fn comment(text: &str) -> (String, usize) {
    let mut inner = String::new();
    let mut depth = 0usize;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '(' => {
                depth += 1;
                if depth == 1 {
                    continue;
                }
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return (inner, at + 1);
                }
            }
            '\\' => {
                inner.extend(chars.next().map(|(_, next)| next));
                continue;
            }
            _ => {}
        }
        inner.push(c);
    }
    (inner, text.len())
}

impl Mailbox {
    fn push(&mut self, text: &str) {
        let to = if self.angle.is_some() { &mut self.after } else { &mut self.phrase };
        to.push_str(text);
    }

    fn address(self) -> Option<Address> {
        let comment = collapse(&decode_words(&self.comment));
        if let Some(angle) = self.angle {
            let addr = match self.quoted_local {
                // `"a b"@c <d@e>`: the quoted text is part of the name.
                Some(quoted) => return Some(named(&format!("{quoted}{}", self.phrase), &comment, bare(&angle))),
                None => bare(&angle),
            };
            let phrase = if self.phrase.trim().is_empty() && comment.is_empty() { &self.after } else { &self.phrase };
            let address = named(phrase, &comment, addr);
            return (!address.addr.is_empty() || !address.name.is_empty()).then_some(address);
        }
        if let Some(quoted) = self.quoted_local {
            let addr = format!("{}{}", quoted, self.phrase.split_whitespace().collect::<String>());
            return Some(Address { name: comment, addr });
        }
        let phrase = self.phrase.trim();
        if phrase.is_empty() {
            return None;
        }
        if !phrase.contains(char::is_whitespace) {
            if phrase.starts_with("=?") && encoded_word_len(phrase) == phrase.len() {
                return Some(Address { name: collapse(&decode_words(phrase)), addr: String::new() });
            }
            return Some(Address { name: comment, addr: phrase.to_owned() });
        }
        // Several words without `<>`: `a @ b`, or a name beside an address, or a name alone.
        let joined: String = phrase.split_whitespace().collect();
        if joined.matches('@').count() == 1 && blanks_at_specials(phrase) {
            return Some(Address { name: comment, addr: joined });
        }
        let addr = phrase.split_whitespace().rfind(|word| word.contains('@') && !word.starts_with("=?"));
        let name = match addr {
            // What follows a bare address is no name.
            Some(addr) => phrase.split(addr).next().unwrap_or_default().to_owned(),
            None => phrase.to_owned(),
        };
        Some(named(&name, &comment, addr.unwrap_or_default().to_owned()))
    }
}

/// Whether blanks stand beside `@` and `.` only (obsolete syntax, RFC 5322 §4.4).
fn blanks_at_specials(phrase: &str) -> bool {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    words.windows(2).all(|pair| match pair {
        [a, b] => a.ends_with(['@', '.']) || b.starts_with(['@', '.']),
        _ => true,
    })
}

fn named(phrase: &str, comment: &str, addr: String) -> Address {
    let mut name = collapse(&decode_words(phrase));
    // A name that is quoted twice, or by apostrophes.
    if let Some(inner) = name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        name = inner.trim().to_owned();
    }
    if name.is_empty() {
        name = comment.to_owned();
    }
    Address { name, addr }
}

/// The inside of `<>` without blanks and without a route (`@a,@b:c@d`, RFC 5322 §4.4).
fn bare(angle: &str) -> String {
    let joined: String = if angle.contains('"') { angle.trim().to_owned() } else { angle.split_whitespace().collect() };
    let addr = match joined.rsplit_once(':') {
        Some((route, addr)) if route.starts_with('@') => addr,
        _ => joined.as_str(),
    };
    addr.trim_start_matches('<').to_owned()
}

/// Whether the display name looks like another address than the real one, or hides something by control characters.
pub(super) fn misleading(address: &Address) -> bool {
    let hidden = address.name.chars().any(char::is_control) || address.addr.starts_with("=?");
    let other = address
        .name
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',' | ';' | '[' | ']'))
        .any(|word| match word.split_once(['@', '\u{ff20}']) {
            Some((local, domain)) => {
                !local.is_empty() && domain.contains('.') && !word.eq_ignore_ascii_case(&address.addr)
            }
            None => false,
        });
    hidden || other
}

/// Whether one word of the name or the address mixes letters of scripts that look alike.
pub(super) fn mixed_script(address: &Address) -> bool {
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(word_is_mixed);
    words(&address.name) || words(&address.addr)
}

fn word_is_mixed(word: &str) -> bool {
    let (mut latin, mut alike) = (false, false);
    for c in word.chars().filter(|c| c.is_alphabetic()) {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => latin = true,
            // Greek, Cyrillic, Armenian, Cherokee, letterlike, mathematical and fullwidth Latin letters.
            '\u{370}'..='\u{58f}'
            | '\u{13a0}'..='\u{13ff}'
            | '\u{1c80}'..='\u{1c8f}'
            | '\u{1f00}'..='\u{1fff}'
            | '\u{2100}'..='\u{214f}'
            | '\u{2de0}'..='\u{2dff}'
            | '\u{a640}'..='\u{a69f}'
            | '\u{ff21}'..='\u{ff5a}'
            | '\u{1d400}'..='\u{1d7ff}' => alike = true,
            _ => {}
        }
    }
    latin && alike
}

#[cfg(test)]
mod tests {
    use super::{list, misleading, mixed_script};

    fn pairs(text: &str) -> Vec<(String, String)> {
        list(text).into_iter().map(|address| (address.name, address.addr)).collect()
    }

    #[test]
    fn lists_are_read_as_people_write_them() {
        let table: [(&str, &[(&str, &str)]); 31] = [
            ("a@b", &[("", "a@b")]),
            ("<a@b>", &[("", "a@b")]),
            ("Ann <a@b>", &[("Ann", "a@b")]),
            ("\"Doe, Ann\" <a@b>, c@d", &[("Doe, Ann", "a@b"), ("", "c@d")]),
            ("root@web1 (Cron Daemon)", &[("Cron Daemon", "root@web1")]),
            ("root (Cron Daemon)", &[("Cron Daemon", "root")]),
            ("a@b (x (y) \\) z)", &[("x (y) ) z", "a@b")]),
            ("", &[]),
            (" , ,", &[]),
            ("undisclosed-recipients:;", &[("undisclosed-recipients", "")]),
            ("Team: a@b, Ann <c@d>; e@f", &[("", "a@b"), ("Ann", "c@d"), ("", "e@f")]),
            ("a@b; c@d", &[("", "a@b"), ("", "c@d")]),
            ("=?utf-8?Q?J=C3=B6rg?= <a@b>", &[("Jörg", "a@b")]),
            ("=?utf-8?Q?Doe,_J?= <a@b>", &[("Doe, J", "a@b")]),
            ("\"=?utf-8?Q?J=C3=B6rg?=\" <a@b>", &[("Jörg", "a@b")]),
            ("=?utf-8?B?SsO2?= =?utf-8?B?cmc=?= <a@b>", &[("Jörg", "a@b")]),
            ("=?utf-8?Q?x=40good.example?=@evil.example", &[("", "=?utf-8?Q?x=40good.example?=@evil.example")]),
            ("\"a b\"@c", &[("", "\"a b\"@c")]),
            ("a @ b . c", &[("", "a@b.c")]),
            ("Ann a@b", &[("Ann", "a@b")]),
            ("a@b  Thu Aug 22", &[("", "a@b")]),
            ("<@x,@y:a@b>", &[("", "a@b")]),
            ("<<a@b>>", &[("", "a@b")]),
            ("Ann <a@b", &[("Ann", "a@b")]),
            ("Ann <a@b, Bob <c@d>", &[("Ann", "a@b,Bob<c@d")]),
            ("\"unclosed <a@b>", &[("unclosed", "a@b")]),
            ("Bob <b@x> Bobby <c@y>", &[("Bob", "b@x"), ("Bobby", "c@y")]),
            ("<a@b> Ann", &[("Ann", "a@b")]),
            ("'Ann' <a@b>", &[("Ann", "a@b")]),
            ("Mail Delivery System", &[("Mail Delivery System", "")]),
            ("mailto:a@b", &[("", "a@b")]),
        ];
        for (text, expected) in table {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(name, addr)| (name.to_string(), addr.to_string())).collect();
            assert_eq!(pairs(text), expected, "{text}");
        }
    }

    #[test]
    fn bad_input_takes_little_time() {
        for piece in ["<", "\"", "(", "=?", "a:;", "a@b,", "\\", "=?a?q?x"] {
            list(&piece.repeat((64 << 10) / piece.len()));
        }
    }

    #[test]
    fn names_that_mislead_are_seen() {
        for (text, odd, mixed) in [
            ("Ann <a@b.example>", false, false),
            ("\"a@b.example\" <a@b.example>", false, false),
            ("\"pay@bank.example\" <x@evil.example>", true, false),
            ("\"Bank <pay@bank.example>\" <x@evil.example>", true, false),
            ("=?utf-8?Q?pay=40bank.example=00?= <x@evil.example>", true, false),
            ("Ops @ night <a@b.example>", false, false),
            ("P\u{430}yPal <a@b.example>", false, true),
            ("Ann <\u{430}dmin@ex\u{430}mple.org>", false, true),
            ("Иван <a@b.example>", false, false),
            ("東京 Tokyo <a@b.example>", false, false),
        ] {
            let address = list(text).remove(0);
            assert_eq!((misleading(&address), mixed_script(&address)), (odd, mixed), "{text}");
        }
    }
}
