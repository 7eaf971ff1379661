//! Rows as bytes and back: the records of a segment, behind a dictionary of what many of them have in common.
//!
//! Numbers are LEB128, signed ones zigzag; texts and byte strings have their length before them. Reading is total: bytes
//! that mean nothing give `None`, never a panic, and never more memory than the bytes themselves account for.

use crate::mail::{Address, Digest, FileName, Oddity, Role, Time};
use crate::runbook::filter::Strength;
use crate::runbook::labels::{Label, Name};
use crate::runbook::set::BookId;
use crate::triage::row::{Class, Clue, Hit, MailKey, Place, Row};
use crate::triage::shared::Shared;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Oddities without a value, by their number in a record. Append only.
const ODDITIES: [Oddity; 14] = [
    Oddity::NoFrom,
    Oddity::NoDate,
    Oddity::NoMessageId,
    Oddity::DateOff,
    Oddity::NoBlankLine,
    Oddity::MisleadingSender,
    Oddity::MixedScript,
    Oddity::NestingCut,
    Oddity::PartsCut,
    Oddity::HeadersCut,
    Oddity::BodyCut,
    Oddity::FileCut,
    Oddity::NoHeaders,
    Oddity::Empty,
];

/// Roles, by their number in a record. Append only.
const ROLES: [Role; 5] = [Role::Alert, Role::Reply, Role::Forward, Role::AutoReply, Role::Bounce];

/// Strengths, by their number in a record. Append only.
const STRENGTHS: [Strength; 5] =
    [Strength::CatchAll, Strength::Subject, Strength::AddressGlob, Strength::Address, Strength::SenderAndSubject];

/// Values with the numbers that records name them by.
#[derive(Debug)]
struct Numbered<T> {
    numbers: HashMap<T, u64>,
    bytes: Vec<u8>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered { numbers: HashMap::new(), bytes: Vec::new() }
    }
}

impl<T: Hash + Eq + Clone> Numbered<T> {
    /// The number of a value; `put` writes one that is new.
    fn number(&mut self, value: &T, put: impl FnOnce(&mut Vec<u8>)) -> u64 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.numbers.len() as u64;
        self.numbers.insert(value.clone(), number);
        put(&mut self.bytes);
        number
    }

    fn finish(self, out: &mut Vec<u8>) {
        uint(out, self.numbers.len() as u64);
        out.extend(self.bytes);
    }
}

/// Collects rows into a segment.
#[derive(Debug, Default)]
pub(super) struct Segment {
    names: Numbered<Name>,
    senders: Numbered<Arc<Address>>,
    lists: Numbered<Arc<[String]>>,
    hits: Numbered<Arc<Hit>>,
    count: u64,
    records: Vec<u8>,
}

impl Segment {
    /// How many rows it holds.
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether it would be worth a segment of its own by its size.
    pub(super) fn is_full(&self) -> bool {
        // What rows have in common counts too: each may have a sender of its own.
        let words = [&self.names.bytes, &self.senders.bytes, &self.lists.bytes, &self.hits.bytes];
        let size = words.iter().fold(self.records.len(), |sum, bytes| sum + bytes.len());
        self.count >= FULL_ROWS || size >= FULL_BYTES
    }

    /// Adds a row, with the inode number that the directory gives its file (file systems may give another when asked for
    /// the file). What the file is called, and where it lies, is not kept: a listing says that.
    pub(super) fn add(&mut self, row: &Row, listed: u64) {
        let sender = self.senders.number(&row.from, |out| {
            bytes(out, row.from.name.as_bytes());
            bytes(out, row.from.addr.as_bytes());
        });
        let to = self.list(&row.to);
        let recipients = self.list(&row.recipients);
        let primary = row.class.primary.as_ref().map_or(0, |hit| self.hit(hit) + 1);
        let also: Vec<u64> = row.class.also.iter().map(|hit| self.hit(&Arc::new(bare(hit)))).collect();
        let mut out = std::mem::take(&mut self.records);
        bytes(&mut out, &row.key.base);
        uint(&mut out, listed);
        uint(&mut out, row.ino);
        uint(&mut out, row.size);
        int(&mut out, row.mtime.0);
        uint(&mut out, sender);
        uint(&mut out, to);
        uint(&mut out, recipients);
        bytes(&mut out, row.subject.as_bytes());
        match &row.message_id {
            Some(id) => {
                out.push(1);
                bytes(&mut out, id.as_bytes());
            }
            None => out.push(0),
        }
        texts(&mut out, &row.references);
        int(&mut out, row.received.0);
        int(&mut out, row.at.0);
        match row.offset {
            Some(offset) => {
                out.push(1);
                int(&mut out, offset.into());
            }
            None => out.push(0),
        }
        out.push(row.date_off.into());
        out.extend(row.digest.0);
        uint(&mut out, place_in(&ROLES, &row.role));
        uint(&mut out, primary);
        uint(&mut out, also.len() as u64);
        for (hit, number) in row.class.also.iter().zip(also) {
            uint(&mut out, number);
            self.labels(&mut out, &hit.labels);
        }
        self.labels(&mut out, &row.class.labels);
        uint(&mut out, row.attachments.into());
        uint(&mut out, row.oddities.len() as u64);
        for oddity in &row.oddities {
            if let Oddity::Duplicate { name, count } = oddity {
                uint(&mut out, ODDITIES.len() as u64);
                bytes(&mut out, name.as_bytes());
                uint(&mut out, *count as u64);
            } else {
                uint(&mut out, place_in(&ODDITIES, oddity));
            }
        }
        self.records = out;
        self.count += 1;
    }

    /// The segment's payload.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.records.len() + 4096);
        self.names.finish(&mut out);
        self.senders.finish(&mut out);
        self.lists.finish(&mut out);
        self.hits.finish(&mut out);
        uint(&mut out, self.count);
        out.extend(self.records);
        out
    }

    fn name(&mut self, name: &Name) -> u64 {
        self.names.number(name, |out| bytes(out, name.as_str().as_bytes()))
    }

    fn list(&mut self, list: &Arc<[String]>) -> u64 {
        self.lists.number(list, |out| texts(out, list))
    }

    fn hit(&mut self, hit: &Arc<Hit>) -> u64 {
        let by: Vec<(u64, u64)> =
            hit.by.iter().map(|clue| (self.name(&clue.field), self.name(&clue.pattern))).collect();
        self.hits.number(hit, |out| {
            uint(out, hit.book.0.into());
            uint(out, hit.kind.into());
            uint(out, place_in(&STRENGTHS, &hit.strength));
            uint(out, hit.literal.into());
            out.push(hit.foreign_sender.into());
            uint(out, by.len() as u64);
            for (field, pattern) in by {
                uint(out, field);
                uint(out, pattern);
            }
            for list in [&hit.cases, &hit.nears] {
                uint(out, list.len() as u64);
                list.iter().for_each(|index| uint(out, (*index).into()));
            }
        })
    }

    fn labels(&mut self, out: &mut Vec<u8>, labels: &[Label]) {
        uint(out, labels.len() as u64);
        for label in labels {
            uint(out, self.name(&label.name));
            bytes(out, label.value.as_bytes());
            uint(out, self.name(&label.from));
        }
    }
}

/// Rows and bytes of one segment, about: enough that the dictionary pays, few enough that little is lost with one.
const FULL_ROWS: u64 = 10_000;
const FULL_BYTES: usize = 8 << 20;

/// A hit without its labels: those stand with the message.
fn bare(hit: &Hit) -> Hit {
    Hit { labels: Vec::new(), ..hit.clone() }
}

fn place_in<T: PartialEq>(table: &[T], value: &T) -> u64 {
    table.iter().position(|known| known == value).unwrap_or_default() as u64
}

fn uint(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn int(out: &mut Vec<u8>, number: i64) {
    uint(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn texts(out: &mut Vec<u8>, texts: &[String]) {
    uint(out, texts.len() as u64);
    texts.iter().for_each(|text| bytes(out, text.as_bytes()));
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Where a message is found by a listing: key, name, place.
pub(super) type Found = (MailKey, FileName, Place);

/// Reads a segment's payload and gives each row that `find` (base name, inode number in the listing) finds. How many rows it holds;
/// `None`: it cannot be read to its end.
pub(super) fn read(
    payload: &[u8],
    shared: &mut Shared,
    mut find: impl FnMut(&[u8], u64) -> Option<Found>,
    mut each: impl FnMut(Row),
) -> Option<usize> {
    let mut from = Take(payload);
    let names = from.many(|from| Some(shared.name(from.text()?.into())))?;
    let senders = from.many(|from| {
        let (name, addr) = (from.text()?.to_owned(), from.text()?.to_owned());
        Some(shared.sender(Arc::new(Address { name, addr })))
    })?;
    let lists = from.many(|from| Some(shared.list(from.texts()?.into())))?;
    let hits = from.many(|from| Some(shared.hit(Arc::new(from.hit(&names)?))))?;
    let words = Words { names, senders, lists, hits };
    let count = from.length()?;
    let mut each = |mut row: Row| {
        shared.labels(&mut row);
        each(row);
    };
    for _ in 0..count {
        from.row(&words, &mut find, &mut each)?;
    }
    from.0.is_empty().then_some(count)
}

/// A segment's dictionary.
struct Words {
    names: Vec<Name>,
    senders: Vec<Arc<Address>>,
    lists: Vec<Arc<[String]>>,
    hits: Vec<Arc<Hit>>,
}

/// Bytes that are still to be read.
struct Take<'b>(&'b [u8]);

impl<'b> Take<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn uint(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            number |= part.checked_shl(shift).filter(|shifted| shifted >> shift == part)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn int(&mut self) -> Option<i64> {
        let number = self.uint()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn small<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.uint()?).ok()
    }

    /// A count of things that take a byte each at least.
    fn length(&mut self) -> Option<usize> {
        self.small().filter(|length| *length <= self.0.len())
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = self.length()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn many<T>(&mut self, mut one: impl FnMut(&mut Take<'b>) -> Option<T>) -> Option<Vec<T>> {
        (0..self.length()?).map(|_| one(self)).collect()
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        self.many(|from| from.text().map(str::to_owned))
    }

    fn of<T: Clone>(&mut self, table: &[T]) -> Option<T> {
        table.get(self.small::<usize>()?).cloned()
    }

    fn hit(&mut self, names: &[Name]) -> Option<Hit> {
        let book = BookId(self.small()?);
        let kind = self.small()?;
        let strength = self.of(&STRENGTHS)?;
        let literal = self.small()?;
        let foreign_sender = self.flag()?;
        let by = self.many(|from| Some(Clue { field: from.of(names)?, pattern: from.of(names)? }))?.into();
        let cases = self.many(Take::small)?.into();
        let nears = self.many(Take::small)?.into();
        Some(Hit { book, kind, strength, literal, by, foreign_sender, cases, nears, labels: Vec::new() })
    }

    fn labels(&mut self, names: &[Name]) -> Option<Vec<Label>> {
        self.many(|from| Some(Label { name: from.of(names)?, value: from.text()?.to_owned(), from: from.of(names)? }))
    }

    fn row(
        &mut self,
        words: &Words,
        find: &mut impl FnMut(&[u8], u64) -> Option<Found>,
        each: &mut impl FnMut(Row),
    ) -> Option<()> {
        let base = self.bytes()?;
        let listed = self.uint()?;
        let ino = self.uint()?;
        let size = self.uint()?;
        let mtime = Time(self.int()?);
        let from = self.of(&words.senders)?;
        let to = self.of(&words.lists)?;
        let recipients = self.of(&words.lists)?;
        let subject = self.text()?;
        let message_id = if self.flag()? { Some(self.text()?) } else { None };
        let references = self.texts()?;
        let received = Time(self.int()?);
        let at = Time(self.int()?);
        let offset = if self.flag()? { Some(i32::try_from(self.int()?).ok()?) } else { None };
        let date_off = self.flag()?;
        let (digest, rest) = self.0.split_first_chunk::<16>()?;
        self.0 = rest;
        let role = self.of(&ROLES)?;
        let primary = match self.small::<usize>()?.checked_sub(1) {
            Some(number) => Some(Arc::clone(words.hits.get(number)?)),
            None => None,
        };
        let also = self.many(|from| {
            let hit = from.of(&words.hits)?;
            Some(Hit { labels: from.labels(&words.names)?, ..Hit::clone(&hit) })
        })?;
        let labels = self.labels(&words.names)?;
        let attachments = self.small()?;
        let oddities = self.many(|from| match from.small::<usize>()? {
            number if number == ODDITIES.len() => {
                Some(Oddity::Duplicate { name: from.text()?.to_owned(), count: from.small()? })
            }
            number => ODDITIES.get(number).cloned(),
        })?;
        if let Some((key, name, place)) = find(base, listed) {
            each(Row {
                key,
                name,
                place,
                size,
                mtime,
                ino,
                odd: None,
                from,
                to,
                recipients,
                subject: subject.into(),
                message_id: message_id.map(Into::into),
                references: references.into(),
                received,
                at,
                offset,
                date_off,
                digest: Digest(*digest),
                role,
                class: Class { primary, also: also.into(), labels: labels.into() },
                attachments,
                oddities,
            });
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::row::{FolderId, Odd};
    use proptest::prelude::*;

    #[test]
    fn a_segment_is_full_also_of_what_its_rows_have_in_common() {
        let mut segment = Segment::default();
        for number in 0..8 {
            assert!(!segment.is_full(), "after {number}");
            let key = MailKey { folder: FolderId(0), base: b"1".as_slice().into() };
            let mut row = Row::odd(key, FileName::new(*b"1"), Place::Cur, 1, Time(1), 1, Odd::Special);
            match number % 3 {
                0 => row.from = Arc::new(Address { name: "n".repeat(1 << 20), addr: number.to_string() }),
                1 => row.to = vec![number.to_string(), "t".repeat(1 << 20)].into(),
                _ => row.recipients = vec![number.to_string(), "r".repeat(1 << 20)].into(),
            }
            segment.add(&row, 1);
        }
        assert!(segment.is_full());
    }

    proptest! {
        #[test]
        fn bytes_that_mean_nothing_are_refused(payload in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&payload, &mut Shared::new(), |_, _| None, |_| {});
        }

        #[test]
        fn numbers_come_back(number in any::<u64>(), signed in any::<i64>()) {
            let mut out = Vec::new();
            uint(&mut out, number);
            int(&mut out, signed);
            let mut from = Take(&out);
            prop_assert_eq!((from.uint(), from.int(), from.byte()), (Some(number), Some(signed), None));
        }
    }
}
