//! Maildir file names: base, info, flags (reliability MR-1 to MR-6). Pure; names are bytes, never UTF-8.

use std::fmt;

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
    bytes: Box<[u8]>,
}

impl FileName {
    /// Takes the name as it stands in the directory.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> FileName {
        FileName { bytes: bytes.into() }
    }

    /// The whole name.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes before the first `:`; a message's identity within its folder (MR-1).
    pub fn base(&self) -> &[u8] {
        todo!()
    }

    /// The base cut at its first `,` too, for lookups beside mbsync and Dovecot (MR-1).
    pub fn lookup(&self) -> &[u8] {
        todo!()
    }

    /// The standard flags of a well-formed or malformed `:2,` info; none for other infos.
    pub fn flags(&self) -> Flags {
        todo!()
    }

    /// Whether a flag change on this name would be refused whatever the flags (MR-6).
    pub fn refusal(&self) -> Option<FlagRefusal> {
        todo!()
    }

    /// The same name with these flags added and removed; unknown flags and the extension stay as they are (MR-4, MR-5).
    ///
    /// # Errors
    /// Says why where the name must be left alone.
    pub fn with_flags(&self, _add: Flags, _remove: Flags) -> Result<FileName, FlagRefusal> {
        todo!()
    }

    /// The seconds at the start of the base name, where it starts with a number followed by `.` or `_`.
    pub fn seconds(&self) -> Option<i64> {
        todo!()
    }

    /// The base for people and JSON: UTF-8 where it is, other bytes and control characters as `%XX`.
    pub fn shown_base(&self) -> String {
        shown(self.base())
    }
}

/// A base name for people and JSON; undone by [`unshown`].
pub fn shown(_base: &[u8]) -> String {
    todo!()
}

/// The bytes behind what [`shown`] printed.
pub fn unshown(_text: &str) -> Vec<u8> {
    todo!()
}

/// A new unique name (MR-2): `<sec>.M<usec>P<pid>Q<counter>R<64 random bits>.<host>`.
pub fn unique(_time: Time, _micros: u32, _pid: u32, _counter: u64, _random: u64, _host: &str) -> FileName {
    todo!()
}

use super::date::Time;
