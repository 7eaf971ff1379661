//! Maildir file names: base, info, flags (reliability MR-1 to MR-6). Pure; names are bytes, never UTF-8.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use memchr::memchr;
use unicode_width::UnicodeWidthChar;

use super::date::Time;
use super::text;

/// Longest file name, in bytes, of every file system that matters here.
const NAME_MAX: usize = 255;

/// The six standard flags as a bit set, printed in ASCII order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Flags = Flags(0);
    /// `D`: a draft.
    pub const DRAFT: Flags = Flags(1);
    /// `F`: flagged; our "mark".
    pub const FLAGGED: Flags = Flags(2);
    /// `P`: passed on (forwarded, redirected).
    pub const PASSED: Flags = Flags(4);
    /// `R`: replied to.
    pub const REPLIED: Flags = Flags(8);
    /// `S`: seen.
    pub const SEEN: Flags = Flags(16);
    /// `T`: trashed.
    pub const TRASHED: Flags = Flags(32);

    /// Letter and flag, in ASCII order.
    pub const ALL: [(u8, Flags); 6] = [
        (b'D', Flags::DRAFT),
        (b'F', Flags::FLAGGED),
        (b'P', Flags::PASSED),
        (b'R', Flags::REPLIED),
        (b'S', Flags::SEEN),
        (b'T', Flags::TRASHED),
    ];

    /// Whether all flags of `other` are set here.
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// This set without the flags of `other`.
    #[must_use]
    pub fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }

    /// The flags in both sets.
    #[must_use]
    pub fn and(self, other: Flags) -> Flags {
        Flags(self.0 & other.0)
    }

    /// Whether no flag is set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads letters; letters that are no flag are passed over.
    pub fn from_letters(letters: &[u8]) -> Flags {
        let mut flags = Flags::NONE;
        for (letter, flag) in Flags::ALL {
            if letters.contains(&letter) {
                flags = flags.with(flag);
            }
        }
        flags
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (letter, flag) in Flags::ALL {
            if self.has(flag) {
                write!(f, "{}", letter as char)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags({self})")
    }
}

/// Why a flag change on this name is refused (MR-6, MR-16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagRefusal {
    /// `:1,…`: experimental info, never rewritten.
    Experimental,
    /// Flags out of order, repeated or not ASCII: left alone, as notmuch does.
    Malformed,
    /// The new name would be longer than 255 bytes.
    NameTooLong,
}

/// The name of a message's file: base name and info part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName {
    bytes: Arc<[u8]>,
}

impl FileName {
    /// Takes the name as it stands in the directory.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> FileName {
        FileName { bytes: bytes.into() }
    }

    /// The whole name.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes before the first `:`; a message's identity within its folder (MR-1).
    pub fn base(&self) -> &[u8] {
        self.split().0
    }

    /// The base cut at its first `,` too, for lookups beside mbsync and Dovecot (MR-1).
    pub fn lookup(&self) -> &[u8] {
        let base = self.base();
        memchr(b',', base).and_then(|comma| base.get(..comma)).unwrap_or(base)
    }

    /// The standard flags of a well-formed or malformed `:2,` info; none for other infos.
    pub fn flags(&self) -> Flags {
        match self.info() {
            Info::Standard { letters, .. } => Flags::from_letters(letters),
            Info::None | Info::Experimental | Info::Unknown => Flags::NONE,
        }
    }

    /// Whether a flag change on this name would be refused whatever the flags (MR-6).
    pub fn refusal(&self) -> Option<FlagRefusal> {
        match self.info() {
            Info::None => None,
            Info::Standard { letters, .. } if letters.is_ascii() && letters.is_sorted_by(|a, b| a < b) => None,
            Info::Standard { .. } | Info::Unknown => Some(FlagRefusal::Malformed),
            Info::Experimental => Some(FlagRefusal::Experimental),
        }
    }

    /// The same name with these flags added and removed; unknown flags and the extension stay as they are (MR-4, MR-5).
    /// A name without info gets `:2,` whatever the flags, as it must to lie in `cur`.
    ///
    /// # Errors
    /// Says why where the name must be left alone.
    pub fn with_flags(&self, add: Flags, remove: Flags) -> Result<FileName, FlagRefusal> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let (old, extension) = match self.info() {
            Info::Standard { letters, extension } => (letters, extension),
            Info::None | Info::Experimental | Info::Unknown => (&b""[..], &b""[..]),
        };
        let flags = self.flags().without(remove).with(add);
        let mut letters: Vec<u8> = old.iter().copied().filter(|l| Flags::from_letters(&[*l]).is_empty()).collect();
        letters.extend(Flags::ALL.iter().filter(|(_, flag)| flags.has(*flag)).map(|(letter, _)| *letter));
        letters.sort_unstable();
        let bytes = [self.base(), b":2,", &letters, extension].concat();
        if bytes.len() > NAME_MAX {
            return Err(FlagRefusal::NameTooLong);
        }
        Ok(FileName::new(bytes))
    }

    /// The seconds at the start of the base name, where it starts with a number followed by `.` or `_`.
    pub fn seconds(&self) -> Option<i64> {
        let base = self.base();
        let end = base.iter().position(|b| !b.is_ascii_digit())?;
        if !matches!(base.get(end), Some(b'.' | b'_')) {
            return None;
        }
        let seconds = std::str::from_utf8(base.get(..end)?).ok()?.parse().ok()?;
        Time(seconds).in_range().map(|time| time.0)
    }

    /// The base for people and JSON: UTF-8 where it is, other bytes and control characters as `%XX`.
    pub fn shown_base(&self) -> String {
        shown(self.base())
    }

    /// Base and what follows the first `:`.
    fn split(&self) -> (&[u8], Option<&[u8]>) {
        match memchr(b':', &self.bytes) {
            Some(colon) => {
                (self.bytes.get(..colon).unwrap_or_default(), Some(self.bytes.get(colon + 1..).unwrap_or_default()))
            }
            None => (&self.bytes, None),
        }
    }

    fn info(&self) -> Info<'_> {
        match self.split().1 {
            None => Info::None,
            Some(info) => match (info.strip_prefix(b"2,"), info.strip_prefix(b"1,")) {
                (Some(rest), _) => {
                    let (letters, extension) = rest.split_at(memchr(b',', rest).unwrap_or(rest.len()));
                    Info::Standard { letters, extension }
                }
                (None, Some(_)) => Info::Experimental,
                (None, None) => Info::Unknown,
            },
        }
    }
}

/// What stands after the first `:` of a name.
enum Info<'a> {
    None,
    /// `2,`: flag letters, and from the next `,` on the extension.
    Standard {
        letters: &'a [u8],
        extension: &'a [u8],
    },
    /// `1,`.
    Experimental,
    /// Anything else, such as `:2` without a comma.
    Unknown,
}

/// A base name for people and JSON; undone by [`unshown`]. Printable ASCII and the letters and digits of valid UTF-8
/// stay; every other byte, `%` and `/` are written `%XX`.
pub fn shown(base: &[u8]) -> String {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'%' && *byte != b'/';
    // Nearly all names are: lists show them by the thousand.
    if let Ok(text) = std::str::from_utf8(base)
        && base.iter().all(plain)
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(base.len());
    for chunk in base.utf8_chunks() {
        for c in chunk.valid().chars() {
            let visible = if c.is_ascii() {
                matches!(c, ' '..='~') && c != '%' && c != '/'
            } else {
                c.is_alphanumeric()
                    && UnicodeWidthChar::width(c).unwrap_or(0) > 0
                    && !text::is_bad(c)
                    && !text::joins_ascii(c)
            };
            if visible {
                out.push(c);
            } else {
                let mut buffer = [0; 4];
                c.encode_utf8(&mut buffer).bytes().for_each(|byte| escape(byte, &mut out));
            }
        }
        chunk.invalid().iter().for_each(|byte| escape(*byte, &mut out));
    }
    out
}

fn escape(byte: u8, out: &mut String) {
    let _ = write!(out, "%{byte:02X}");
}

/// The bytes behind what [`shown`] printed.
pub fn unshown(shown: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(shown.len());
    let mut rest = shown.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|hex| *first == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        match hex.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// A new unique name (MR-2): `<sec>.M<usec>P<pid>Q<counter>R<64 random bits>.<host>`.
pub fn unique(time: Time, micros: u32, pid: u32, counter: u64, random: u64, host: &str) -> FileName {
    let mut safe = String::new();
    // 128 bytes leave room for flags and a size field in 255.
    for c in host.chars() {
        match c {
            '/' => safe.push_str("\\057"),
            ':' => safe.push_str("\\072"),
            // A comma would end the base for lookups.
            ',' => safe.push_str("\\054"),
            '!'..='~' => safe.push(c),
            _ => safe.push('_'),
        }
        if safe.len() >= 128 {
            break;
        }
    }
    if safe.is_empty() {
        safe.push_str("localhost");
    }
    FileName::new(format!("{}.M{micros}P{pid}Q{counter}R{random:016x}.{safe}", time.0).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> FileName {
        FileName::new(text.as_bytes())
    }

    #[test]
    fn a_name_is_base_and_info() {
        for (text, base, lookup, flags) in [
            ("1.a.h:2,FS", "1.a.h", "1.a.h", "FS"),
            ("1.a.h,U=5,FMD5=x:2,S", "1.a.h,U=5,FMD5=x", "1.a.h", "S"),
            ("1.a.h", "1.a.h", "1.a.h", ""),
            ("1.a.h:2,", "1.a.h", "1.a.h", ""),
            ("1.a.h:2,FS,foo", "1.a.h", "1.a.h", "FS"),
            ("1.a.h:2,SF", "1.a.h", "1.a.h", "FS"),
            ("1.a.h:1,FS", "1.a.h", "1.a.h", ""),
            ("1.a.h:2", "1.a.h", "1.a.h", ""),
            (":2,S", "", "", "S"),
        ] {
            let name = name(text);
            assert_eq!(name.base(), base.as_bytes(), "{text}");
            assert_eq!(name.lookup(), lookup.as_bytes(), "{text}");
            assert_eq!(name.flags().to_string(), flags, "{text}");
        }
    }

    /// Every shape of info against setting and clearing every flag: what is expected is worked out from MR-4 to MR-6
    /// by other means than the code's.
    #[test]
    fn c15_flag_changes() {
        let shapes = [
            (":2,", Some(("", ""))),
            (":2,S", Some(("S", ""))),
            (":2,F", Some(("F", ""))),
            (":2,RS", Some(("RS", ""))),
            (":2,FS", Some(("FS", ""))),
            (":2,DFPRST", Some(("DFPRST", ""))),
            (":2,Sa", Some(("Sa", ""))),
            (":2,FRSabz", Some(("FRSabz", ""))),
            (":2,S,xtra", Some(("S", ",xtra"))),
            (":2,X", Some(("X", ""))),
            ("", Some(("", ""))),
            (":2,SF", None),
            (":2,SS", None),
            (":1,exp", None),
            (":2", None),
            (":2,S:2,F", None),
            (":2,S\u{e9}", None),
        ];
        for (info, parsed) in shapes {
            let old = name(&format!("1.M2P3.host,U=7{info}"));
            for (letter, flag) in Flags::ALL {
                for set in [true, false] {
                    let (add, remove) = if set { (flag, Flags::NONE) } else { (Flags::NONE, flag) };
                    let new = old.with_flags(add, remove);
                    let Some((letters, extension)) = parsed else {
                        assert!(new.is_err(), "{info} {set} {}", letter as char);
                        continue;
                    };
                    let mut set_of: std::collections::BTreeSet<u8> = letters.bytes().collect();
                    if set {
                        set_of.insert(letter);
                    } else {
                        set_of.remove(&letter);
                    }
                    let letters = String::from_utf8(set_of.into_iter().collect()).unwrap();
                    assert_eq!(new.unwrap(), name(&format!("1.M2P3.host,U=7:2,{letters}{extension}")));
                }
            }
        }
        assert_eq!(name("a:1,x").refusal(), Some(FlagRefusal::Experimental));
        assert_eq!(name("a:2,SF").refusal(), Some(FlagRefusal::Malformed));
        assert_eq!(name("a").refusal(), None);
    }

    #[test]
    fn a_name_that_would_grow_too_long_is_left_alone() {
        let long = "x".repeat(251);
        assert_eq!(name(&long).with_flags(Flags::SEEN, Flags::NONE), Ok(name(&format!("{long}:2,S"))));
        assert_eq!(
            name(&long).with_flags(Flags::SEEN.with(Flags::FLAGGED), Flags::NONE),
            Err(FlagRefusal::NameTooLong)
        );
    }

    #[test]
    fn seconds_are_read_only_where_a_name_begins_with_them() {
        for (text, seconds) in [
            ("1385042823.M1P2.host:2,S", Some(1_385_042_823)),
            ("1385042823_0.5.host", Some(1_385_042_823)),
            ("1385042823", None),
            ("1385042823-x", None),
            ("x.1385042823.host", None),
            (".5", None),
            ("99999999999999999999.x", None),
            ("9999999999999.x", None),
        ] {
            assert_eq!(name(text).seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn shown_names_are_ascii_letters_or_escapes() {
        for (bytes, text) in [
            (&b"1.M2P3.host"[..], "1.M2P3.host"),
            (b"a%b/c", "a%25b%2Fc"),
            (b"a\xff\x1b\n", "a%FF%1B%0A"),
            ("h\u{e4}\u{202e}".as_bytes(), "h\u{e4}%E2%80%AE"),
        ] {
            assert_eq!(shown(bytes), text);
            assert_eq!(unshown(text), bytes);
        }
        assert_eq!(unshown("100%"), b"100%");
        assert_eq!(unshown("%zz%4"), b"%zz%4");
    }

    #[test]
    fn unique_names_hold_no_separator() {
        let made = unique(Time(1_385_042_823), 42, 7, 3, 0xab, "a/b:c,d e");
        assert_eq!(made.bytes(), br"1385042823.M42P7Q3R00000000000000ab.a\057b\072c\054d_e");
        assert_eq!(made.base(), made.lookup());
    }

    proptest! {
        #[test]
        fn shown_is_undone_and_fit_for_a_terminal(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(unshown(&shown(&bytes)), bytes.clone());
            let text = shown(&bytes);
            prop_assert_eq!(crate::mail::text::clean(&text), text.as_str());
        }

        #[test]
        fn setting_and_clearing_is_the_identity(
            base in "[a-z0-9.,=]{1,20}",
            letters in prop::collection::btree_set(prop::sample::select(b"DFPRSTabcXYZ0-".to_vec()), 0..8),
            extension in "(,[ -~]{0,10})?",
            bit in 0usize..6,
        ) {
            let letters: Vec<u8> = letters.into_iter().collect();
            let old = FileName::new([base.as_bytes(), b":2,", &letters, extension.as_bytes()].concat());
            let (_, flag) = Flags::ALL[bit];
            let had = old.flags().has(flag);
            let there = old.with_flags(flag, Flags::NONE).unwrap();
            prop_assert!(there.flags().has(flag));
            prop_assert_eq!(there.base(), old.base());
            let gone = there.with_flags(Flags::NONE, flag).unwrap();
            prop_assert!(!gone.flags().has(flag));
            let back = if had { gone.with_flags(flag, Flags::NONE).unwrap() } else { gone };
            prop_assert_eq!(back, old);
        }

        #[test]
        fn any_bytes_are_a_name(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let name = FileName::new(bytes);
            let _ = (name.flags(), name.refusal(), name.seconds(), name.lookup());
            if let Ok(changed) = name.with_flags(Flags::SEEN, Flags::NONE) {
                prop_assert_eq!(changed.base(), name.base());
                prop_assert!(changed.flags().has(Flags::SEEN));
            }
        }
    }
}
