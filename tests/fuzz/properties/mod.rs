//! What must hold for any bytes: one plain function for each target, run by the fuzz targets and by the ordinary tests.
//!
//! A property that does not hold panics. Nothing here looks at a clock: time and memory are measured by the targets
//! (`tests/fuzz/lib.rs`).
//!
//! - `mail`: f1 to f4 and f6, what becomes of the bytes of mails and runbooks.
//! - `names`: f5, file names and their flags.
//! - `kept`: f7, journal and outbox; f8, configuration, runbooks, queries and keys.
//! - `maildir`: f9, a Maildir that two programs change at the same time.
//! - `desk`: f10, keys and sizes against frames.
//! - `smtp`: f11, a server that says anything.

mod desk;
mod kept;
mod mail;
mod maildir;
mod names;
mod smtp;

/// A fuzz target.
pub struct Property {
    /// Its name: of the binary, and of its folders of seeds and regressions.
    pub name: &'static str,
    /// How long a change is fuzzed, in seconds.
    pub seconds: u32,
    /// Its dictionary below `dicts`; empty: none.
    pub dict: &'static str,
    /// Files of the project that are seeds besides those in `seeds`, as folders separated by blanks.
    pub also: &'static str,
    /// Whether twice the input may take no more than three times the work.
    pub linear: bool,
    /// What holds.
    pub says: &'static str,
    /// Panics where it does not.
    pub run: fn(&[u8]),
}

/// All of them; `tests/fuzz/run` reads this table.
pub const PROPERTIES: &[Property] = &[
    Property {
        name: "f1",
        seconds: 60,
        dict: "mail",
        also: "examples/mails",
        linear: true,
        says: "any bytes are shown without a forbidden character, the same when shown again, at most eight times as long",
        run: mail::f1,
    },
    Property {
        name: "f2",
        seconds: 60,
        dict: "mail",
        also: "examples/mails",
        linear: false,
        says: "any mail is a row, a view and a list of attachments on a stack of 2 MiB, within the limits, the first of \
               each header counts",
        run: mail::f2,
    },
    Property {
        name: "f3",
        seconds: 60,
        dict: "html",
        also: "",
        linear: true,
        says: "any HTML is text that can be shown, in time and length linear in it",
        run: mail::f3,
    },
    Property {
        name: "f4",
        seconds: 30,
        dict: "markdown",
        also: "runbooks",
        linear: true,
        says: "any Markdown is lines that can be shown, in time and length linear in it",
        run: mail::f4,
    },
    Property {
        name: "f5",
        seconds: 30,
        dict: "names",
        also: "",
        linear: false,
        says: "a change of flags keeps base, unknown flags and extension, sorts, and can be taken back",
        run: names::f5,
    },
    Property {
        name: "f6",
        seconds: 60,
        dict: "mail",
        also: "examples/mails",
        linear: false,
        says: "what is forwarded, redirected and replied has exactly the wanted headers, and nothing leaks out of a mail",
        run: mail::f6,
    },
    Property {
        name: "f7",
        seconds: 30,
        dict: "",
        also: "",
        linear: false,
        says: "journal and outbox read back what was written, and of a damaged one nothing that was not written",
        run: kept::f7,
    },
    Property {
        name: "f8",
        seconds: 30,
        dict: "toml",
        also: "runbooks",
        linear: false,
        says: "any configuration, runbook, query or key is read or refused with a place inside it",
        run: kept::f8,
    },
    Property {
        name: "f9",
        seconds: 60,
        dict: "",
        also: "",
        linear: false,
        says: "whatever two programs do to a Maildir: no mail is lost, doubled or rewritten, and what the outcome says is \
               what happened",
        run: maildir::f9,
    },
    Property {
        name: "f10",
        seconds: 60,
        dict: "keys",
        also: "examples/mails",
        linear: false,
        says: "any keys at any size over any mail draw clean cells, and the frame is a function of the state",
        run: desk::f10,
    },
    Property {
        name: "f11",
        seconds: 30,
        dict: "smtp",
        also: "",
        linear: false,
        says: "whatever a server says: nothing secret goes in clear, it ends, and is sent only after the last line",
        run: smtp::f11,
    },
];

/// Bytes taken as a series of choices; zeros when they are used up.
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Choices<'a> {
        Choices(data)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    /// One of these.
    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// At most that many bytes.
    pub(crate) fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub(crate) fn text(&mut self, most: usize) -> String {
        String::from_utf8_lossy(self.bytes(most)).into_owned()
    }
}

/// The first character that must not reach a terminal; line breaks may. Written without a look at the product's table.
pub(crate) fn forbidden(text: &str) -> Option<char> {
    text.chars().find(|&c| {
        matches!(c as u32,
            0..=0x09 | 0x0b..=0x1f | 0x7f..=0x9f | 0xad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180e
            | 0x200b | 0x200c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff | 0xfeff
            | 0xffa0 | 0xfff0..=0xfffb | 0xfffe | 0xffff | 0xe0000..=0xe007f)
    })
}

/// Panics where a text holds something forbidden.
pub(crate) fn assert_clean(what: &str, text: &str) {
    if let Some(c) = forbidden(text) {
        panic!("{what}: U+{:04X} in {text:?}", c as u32);
    }
}
