//! A mail from one folder into another (MR-2, MR-13, MR-15): a second name for the same file, both folders on disk, and
//! only then the first name goes. Across file systems a copy takes the place of the second name.
//!
//! Whoever moves a mail says under which base name, so that what was begun can be found again and be completed: a crash
//! leaves two names or two copies, never none.

use super::{Dirs, Fs, MailError, NAME_MAX, ROUNDS, pause, refusal};
use crate::io::sys::{RawEntry, write_all};
use crate::mail::FileName;
use crate::mail::name::FlagRefusal;
use crate::triage::row::Place;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::path::Path;

/// What moving did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Where it lies in the other folder.
    pub(crate) place: Place,
    /// Its name there.
    pub(crate) name: FileName,
    /// What the operator should know, in words, where it is moved and a power cut may bring back the first name.
    pub(crate) unsure: Option<String>,
}

/// What is left of a mail besides what we made.
enum Left {
    There,
    Gone,
    Unknown,
}

/// Bytes copied at once.
const CHUNK: usize = 64 << 10;

impl Fs {
    /// Moves a mail into another folder, under this base name. It keeps its place (`new` or `cur`), its flags and all
    /// that its info part holds, and its modification time. `again`: it may have been begun before.
    ///
    /// # Errors
    /// See [`MailError`]: then it lies where it lay, and only there, as far as that could be brought about.
    pub(crate) fn move_mail(
        &self,
        from: &Path,
        key: &[u8],
        hint: Option<(Place, &FileName)>,
        to: &Path,
        base: &[u8],
        again: bool,
    ) -> Result<Moved, MailError> {
        if super::exact_key(key).is_some() {
            return Err(MailError::Refused("two files share this name: remove or rename one of them first"));
        }
        let (source, target) = (self.open(from)?, self.open(to)?);
        let begun = if again { self.found(&target, base)? } else { None };
        for round in 0..ROUNDS {
            let at = match hint.filter(|_| round == 0) {
                Some((place, name)) => Ok((place, name.clone())),
                None => self.find(&source, key),
            };
            let (place, name) = match (at, &begun) {
                (Ok(found), _) => found,
                // Only the last step, the sync, may be missing.
                (Err(MailError::Gone), Some((place, name))) => {
                    let synced = self.0.sync(target.of(*place)).and_then(|()| self.0.sync(source.of(*place)));
                    let unsure = synced.err().map(|errno| unsure(from, errno));
                    return Ok(Moved { place: *place, name: name.clone(), unsure });
                }
                (Err(error), _) => return Err(error),
            };
            match self.try_move((from, &source), (place, &name), (to, &target), base, begun.as_ref()) {
                Err(MailError::Gone) if round == 0 => {}
                Err(MailError::Gone) => pause(round),
                other => return other,
            }
        }
        Err(MailError::Gone)
    }

    /// A file of that base name, where there is one.
    fn found(&self, dirs: &Dirs, base: &[u8]) -> Result<Option<(Place, FileName)>, MailError> {
        match self.find(dirs, base) {
            Ok(found) => Ok(Some(found)),
            Err(MailError::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One attempt; [`MailError::Gone`] where the file has another name by now.
    fn try_move(
        &self,
        (from, source): (&Path, &Dirs),
        (place, name): (Place, &FileName),
        (to, target): (&Path, &Dirs),
        base: &[u8],
        begun: Option<&(Place, FileName)>,
    ) -> Result<Moved, MailError> {
        let stat = match self.0.stat_at(source.of(place), name.bytes()) {
            Err(Errno::NOENT) => return Err(MailError::Gone),
            other => other?,
        };
        if let Some(what) = super::not_a_mail(FileType::from_raw_mode(stat.st_mode)) {
            return Err(MailError::NotAMail(what));
        }
        let (made, there) = match begun {
            Some((at, there)) => {
                let other = self.0.stat_at(target.of(*at), there.bytes())?;
                if !same_file(&stat, &other) && !self.same_bytes(source, (place, name), target, (*at, there))? {
                    return Err(TAKEN);
                }
                (*at, there.clone())
            }
            None => {
                let info = name.bytes().get(name.base().len()..).unwrap_or_default();
                let there = FileName::new([base, info].concat());
                if there.bytes().len() > NAME_MAX {
                    return Err(MailError::Refused(refusal(&FlagRefusal::NameTooLong)));
                }
                self.second_name(source, (place, name), &stat, (to, target), &there)?;
                (place, there)
            }
        };
        // The new name is on disk before the old one goes; until here all can be taken back.
        let removed = self.0.sync(target.of(made)).map_err(MailError::from).and_then(|()| {
            match self.0.stat_at(source.of(place), name.bytes()) {
                Ok(now) if same_file(&now, &stat) => match self.0.unlink(source.of(place), name.bytes()) {
                    Err(Errno::NOENT) => Err(MailError::Gone),
                    other => Ok(other?),
                },
                // Renamed by another program: its new flags are to be kept.
                Ok(_) | Err(Errno::NOENT) => Err(MailError::Gone),
                Err(errno) => Err(errno.into()),
            }
        });
        if let Err(error) = removed {
            match self.left(source, &stat, target, (made, &there)) {
                Left::There => {
                    self.0.unlink(target.of(made), there.bytes()).map_err(|_| TWICE)?;
                    let _ = self.0.sync(target.of(made));
                    return Err(error);
                }
                // Another program removed it meanwhile: what we made is all that is left of it.
                Left::Gone => {}
                Left::Unknown => return Err(PERHAPS),
            }
        }
        let unsure = self.0.sync(source.of(place)).err().map(|errno| unsure(from, errno));
        Ok(Moved { place: made, name: there, unsure })
    }

    /// Whether the file has another name than the one that we made. Only then may ours be taken away again.
    fn left(&self, source: &Dirs, stat: &Stat, target: &Dirs, (made, there): (Place, &FileName)) -> Left {
        match self.0.stat_at(target.of(made), there.bytes()) {
            Ok(ours) if same_file(&ours, stat) => {
                return if ours.st_nlink > 1 { Left::There } else { Left::Gone };
            }
            Ok(_) => {}
            Err(_) => return Left::Unknown,
        }
        // A copy: the original has a name in its folder, unless another program moved or removed it.
        let mut entries = Vec::new();
        for place in [Place::New, Place::Cur, Place::New] {
            match self.0.list(source.of(place)) {
                Ok(listed) => entries.extend(listed.into_iter().map(|entry| (place, entry))),
                Err(_) => return Left::Unknown,
            }
        }
        let is_it = |(place, entry): &(Place, RawEntry)| {
            entry.ino == stat.st_ino
                && self.0.stat_at(source.of(*place), &entry.name).is_ok_and(|other| same_file(&other, stat))
        };
        if entries.iter().any(is_it) { Left::There } else { Left::Unknown }
    }

    /// Gives the mail its second name, or makes a copy of that name.
    fn second_name(
        &self,
        source: &Dirs,
        (place, name): (Place, &FileName),
        stat: &Stat,
        (to, target): (&Path, &Dirs),
        there: &FileName,
    ) -> Result<(), MailError> {
        match self.0.link(source.of(place), name.bytes(), target.of(place), there.bytes()) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Err(MailError::Gone),
            Err(Errno::EXIST) => return Err(TAKEN),
            Err(Errno::XDEV | Errno::PERM | Errno::MLINK | Errno::NOSYS | Errno::OPNOTSUPP) => {
                return self.copy(source, (place, name), stat, (to, target), there);
            }
            Err(errno) => return Err(errno.into()),
        }
        // What was linked may be another file that got the name meanwhile.
        let linked = self.0.stat_at(target.of(place), there.bytes()).map_err(MailError::from);
        match linked {
            Ok(linked) if same_file(&linked, stat) => Ok(()),
            other => {
                self.0.unlink(target.of(place), there.bytes()).map_err(|_| TWICE)?;
                other.and(Err(MailError::Gone))
            }
        }
    }

    /// A whole copy with the same modification time, durable, under its name.
    fn copy(
        &self,
        source: &Dirs,
        (place, name): (Place, &FileName),
        stat: &Stat,
        (to, target): (&Path, &Dirs),
        there: &FileName,
    ) -> Result<(), MailError> {
        let mail = self.open_mail(source, place, name)?;
        let root = self.0.open_dir(to)?;
        let tmp = self.0.open_at(root.as_fd(), b"tmp", crate::io::sys::dir_flags(), Mode::empty())?;
        let create = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Its name in `tmp` is ours alone: what lies there is the rest of a copy that was stopped.
        let base = there.base();
        let file = match self.0.open_at(tmp.as_fd(), base, create, Mode::RUSR | Mode::WUSR) {
            Err(Errno::EXIST) => {
                self.0.unlink(tmp.as_fd(), base)?;
                self.0.open_at(tmp.as_fd(), base, create, Mode::RUSR | Mode::WUSR)?
            }
            other => other?,
        };
        let copied = self
            .copy_bytes(&mail, &file, stat)
            .and_then(|()| Ok(self.0.set_time(file.as_fd(), stat)?))
            .and_then(|()| Ok(self.0.sync(file.as_fd())?));
        drop(file);
        let placed = copied.and_then(|()| {
            let placed = match place {
                Place::New => self.place(&tmp, base, &target.new, there.bytes()),
                Place::Cur => self.place(&tmp, base, &target.cur, there.bytes()),
            };
            placed.map_err(|errno| if errno == Errno::EXIST { TAKEN } else { errno.into() })
        });
        if placed.is_err() {
            let _ = self.0.unlink(tmp.as_fd(), base);
        }
        placed
    }

    fn copy_bytes(&self, from: &OwnedFd, to: &OwnedFd, stat: &Stat) -> Result<(), MailError> {
        let mut buffer = vec![0; CHUNK];
        let mut copied = 0u64;
        loop {
            let read = self.0.read(from.as_fd(), &mut buffer)?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            write_all(self.0, to, bytes)?;
            copied += bytes.len() as u64;
        }
        if copied != u64::try_from(stat.st_size).unwrap_or(u64::MAX) {
            return Err(MailError::Refused("it changed while it was copied: left where it is"));
        }
        Ok(())
    }

    /// Whether two mails are the same, byte for byte.
    fn same_bytes(
        &self,
        one: &Dirs,
        (place, name): (Place, &FileName),
        other: &Dirs,
        (at, there): (Place, &FileName),
    ) -> Result<bool, MailError> {
        let (one, other) = (self.open_mail(one, place, name)?, self.open_mail(other, at, there)?);
        let (mut left, mut right) = (vec![0; CHUNK], vec![0; CHUNK]);
        loop {
            let (a, b) = (self.fill(&one, &mut left)?, self.fill(&other, &mut right)?);
            if a != b || left.get(..a) != right.get(..b) {
                return Ok(false);
            }
            if a == 0 {
                return Ok(true);
            }
        }
    }

    /// Reads until the buffer is full or nothing is left.
    fn fill(&self, from: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.0.read(from.as_fd(), rest)? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }
}

const TAKEN: MailError = MailError::Refused("another file has the name that this would get: nothing was changed");
const TWICE: MailError =
    MailError::Refused("not moved, and the second name that it has in the other folder could not be removed");

const PERHAPS: MailError = MailError::Refused("perhaps moved: it may lie in both folders, look there");

fn unsure(folder: &Path, errno: Errno) -> String {
    format!("moved, but not surely on disk in {}: {}", folder.display(), MailError::from(errno))
}

fn same_file(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}
